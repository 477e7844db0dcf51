# syntax=docker/dockerfile:1
# gmlp-train on Debian 12: a stage that builds the Debian package, and an image that installs it.
#
#   docker build --tag gmlp-train .
#   docker run --rm --shm-size=1g --volume "$PWD:/work" --user "$(id -u):$(id -g)" gmlp-train \
#     gmlp-train-local 8 --config configs/digits.toml
#
# Runs lie in /work. Ranks on one host share memory in /dev/shm, of which Docker gives 64 MB by default.
# GMLP_TRAIN_MARCH is the least processor that the image runs on.
ARG SWIFT_IMAGE=swift:6.3-bookworm
FROM ${SWIFT_IMAGE} AS build
ARG GMLP_TRAIN_MARCH=x86-64-v3
ENV GMLP_TRAIN_MARCH=${GMLP_TRAIN_MARCH}
WORKDIR /source
COPY launch/setup.sh launch/setup.sh
RUN launch/setup.sh --packages-only \
  && apt-get install -q -y --no-install-recommends binutils chrpath dpkg-dev
COPY . .
RUN packaging/debian.sh /packages

FROM debian:bookworm-slim
ARG GMLP_TRAIN_MARCH=x86-64-v3
LABEL org.opencontainers.image.title="gmlp-train" \
  org.opencontainers.image.description="Distributed trainer for gMLP models, for ${GMLP_TRAIN_MARCH} and newer" \
  org.opencontainers.image.licenses="Apache-2.0"
RUN --mount=type=bind,from=build,source=/packages,target=/packages \
  apt-get update -q \
  && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    dataset-fashion-mnist openmpi-bin openssh-client /packages/gmlp-train_*.deb \
  && rm -rf /var/lib/apt/lists/*
# A container may not read the memory of another process, by which Open MPI would copy between ranks.
ENV OMPI_MCA_btl_vader_single_copy_mechanism=none
RUN useradd --create-home trainer && install -d -m 1777 /work
USER trainer
WORKDIR /work
# No entry point: mpirun starts its daemon, orted, in containers of other hosts.
CMD ["gmlp-train", "--help"]
