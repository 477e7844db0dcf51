#!/usr/bin/env bash
# Installs a built gmlp-train into a folder, with everything that belongs to it.
#
#   packaging/install.sh PROGRAM DIR
#
# PROGRAM is what was built, as in .build/release/gmlp-train. `launch/setup.sh --prefix DIR` calls this script, and so
# do the recipes of packages. DIR gets
#
#   bin/gmlp-train, and gmlp-train-local, gmlp-train-hosts, gmlp-train-text: the program and launch scripts
#   share/gmlp-train: the launch scripts themselves, and the configurations
#   share/man/man1: a man page for each command
#   share/bash-completion/completions, share/zsh/site-functions, share/fish/vendor_completions.d: completions
#   share/modulefiles/gmlp-train: a modulefile, for Environment Modules and for Lmod
#   share/doc/gmlp-train: the documentation, the licence and the changelog
#
# Nothing in DIR knows where DIR is: it may be moved. A former version in it is replaced. To uninstall, remove what
# has the program's name:
#
#   cd DIR && rm -rf bin/gmlp-train* share/*/gmlp-train share/gmlp-train share/man/man1/gmlp-train*.1 \
#     share/bash-completion/completions/gmlp-train share/zsh/site-functions/_gmlp-train \
#     share/fish/vendor_completions.d/gmlp-train.fish
set -euo pipefail

case ${1:-} in
  -h | --help)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac
if (($# != 2)); then
  echo 'install.sh: takes PROGRAM and DIR; see packaging/install.sh --help' >&2
  exit 64
fi
program=$(readlink -e -- "$1") || {
  echo "install.sh: $1: no such file; build it first, with launch/setup.sh" >&2
  exit 64
}
prefix=$(realpath -m -- "$2")
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
# What is installed is for everybody, whatever the umask of who installs.
umask 022
version=$("$program" --version)
share=$prefix/share

install -D -s -m 755 "$program" "$prefix/bin/gmlp-train"

# Scripts that build or test want the checkout.
rm -rf "$share/gmlp-train"
install -d "$share/gmlp-train/launch" "$share/gmlp-train/configs/sweeps"
install -m 755 launch/{hosts,local,text}.sh launch/slurm.sbatch "$share/gmlp-train/launch"
install -m 644 launch/{environment,restarts,signals}.sh "$share/gmlp-train/launch"
install -m 644 configs/*.toml "$share/gmlp-train/configs"
install -m 644 configs/sweeps/*.toml "$share/gmlp-train/configs/sweeps"
for name in hosts local text; do
  ln -sfn "../share/gmlp-train/launch/$name.sh" "$prefix/bin/gmlp-train-$name"
done

install -d "$share/man/man1"
rm -f "$share"/man/man1/gmlp-train*.1
"$program" manual "$share/man/man1"
chmod 644 "$share"/man/man1/gmlp-train*.1

install -d "$share/bash-completion/completions" "$share/zsh/site-functions" "$share/fish/vendor_completions.d"
"$program" --generate-completion-script bash >"$share/bash-completion/completions/gmlp-train"
"$program" --generate-completion-script zsh >"$share/zsh/site-functions/_gmlp-train"
"$program" --generate-completion-script fish >"$share/fish/vendor_completions.d/gmlp-train.fish"

rm -rf "$share/modulefiles/gmlp-train"
install -D -m 644 packaging/modulefile "$share/modulefiles/gmlp-train/$version"

rm -rf "$share/doc/gmlp-train"
install -D -m 644 -t "$share/doc/gmlp-train" README.md CHANGELOG.md LICENSE NOTICE CITATION.cff
cp -R docs "$share/doc/gmlp-train/docs"
chmod -R u=rwX,go=rX "$share/doc/gmlp-train"
