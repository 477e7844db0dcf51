# A recipe for Spack. It goes into a repository of packages, as packages/gmlp_train/package.py, and builds a checkout:
#
#   spack repo create ~/spack-repo gmlp        # prints the folder of the packages and how to add the repository
#   spack dev-build -d /path/of/the/checkout gmlp-train@0.2.0-dev
#
# Spack has no package of Swift. Tell it of the one that is there, in packages.yaml:
#
#   packages:
#     swift:
#       buildable: false
#       externals:
#       - spec: swift@6.3
#         prefix: /opt/swift/usr
#
# and give it a recipe with nothing but a name: spack create --name swift --template generic.
# SwiftPM fetches swift-argument-parser and TOMLKit while it builds. The recipe follows Spack's guide but has not been
# built with yet: docs/status.md.

from spack_repo.builtin.build_systems.generic import Package

from spack.package import *


class GmlpTrain(Package):
    """Distributed trainer for gMLP models of images and text on CPUs. The weights are the same, bit for bit, on any
    number of MPI ranks and threads."""

    homepage = "https://arxiv.org/abs/2105.08050"

    license("Apache-2.0")

    version("0.2.0-dev")

    variant("march", default="native", description="the least processor, as clang's -march knows it")
    variant("onednn", default=True, description="matrix products in bf16 by oneDNN")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("swift@6.3:", type="build")
    depends_on("pkgconfig", type="build")

    # The launch scripts speak to the mpirun of Open MPI.
    depends_on("openmpi")
    depends_on("openblas")
    depends_on("onednn@2:", when="+onednn")
    depends_on("libjpeg-turbo")
    depends_on("libspng")
    depends_on("libwebp")
    depends_on("openssl@3:")
    depends_on("sentencepiece")
    depends_on("xz")
    depends_on("zlib-api")

    def setup_build_environment(self, env):
        env.set("GMLP_TRAIN_MARCH", self.spec.variants["march"].value)

    def install(self, spec, prefix):
        # Package.swift asks for MPI by the name that Debian gives to Open MPI's file.
        mkdirp("pkgconfig")
        symlink(join_path(spec["openmpi"].prefix.lib, "pkgconfig", "ompi-c.pc"), join_path("pkgconfig", "mpi-c.pc"))
        swift = which("swift", required=True)
        swift.add_default_env("PKG_CONFIG_PATH", join_path(self.stage.source_path, "pkgconfig"))
        arguments = ["-c", "release", "--static-swift-stdlib", "--disable-sandbox", "--product", "gmlp-train"]
        if not spec.satisfies("+onednn"):
            arguments.append("--disable-default-traits")
        # Swift links by its own clang, which does not know Spack's folders.
        for library in spec.dependencies(deptype="link"):
            arguments += ["-Xcc", f"-I{library.prefix.include}", "-Xcxx", f"-I{library.prefix.include}"]
        for folder in self.rpath:
            arguments += ["-Xlinker", f"-L{folder}", "-Xlinker", "-rpath", "-Xlinker", folder]
        swift("build", *arguments)
        Executable("packaging/install.sh")(".build/release/gmlp-train", prefix)

    @run_after("install")
    @on_package_attributes(run_tests=True)
    def check_install(self):
        Executable(self.prefix.bin.join("gmlp-train"))("--version")
