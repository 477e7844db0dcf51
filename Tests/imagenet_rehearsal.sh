#!/usr/bin/env bash
# Rehearses ImageNet: an imitation of its archives, then everything that a user does with the real ones.
#
#   Tests/imagenet_rehearsal.sh [--classes N] [FOLDER]
#
# It makes ILSVRC2012_img_train.tar, an archive of 1,000 (or N) archives with two small JPEG files each,
# ILSVRC2012_img_val.tar with a file of each class, or 200, and a list of their classes. As in ImageNet some pictures
# are PNG, CMYK, YCCK or grey, and some are marked as turned. Then it prepares both sets, trains Ti/16 at 224 × 224 by
# configs/imagenet-gmlp-ti16.toml with other lengths, once without a break and once on two ranks with a stop, after
# which the weights must be equal, evaluates and predicts. About two minutes on two cores, 300 MB in FOLDER, a temporary
# folder unless it is named. Needs the release build, and cjpeg and jpegtran (libjpeg-turbo-progs).
set -euo pipefail

case ${1:-} in
  -h | --help)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"
    exit 0
    ;;
esac
classes=1000
if [[ ${1:-} == --classes ]]; then
  if [[ ! ${2:-} =~ ^[1-9][0-9]{0,3}$ ]]; then
    echo "imagenet_rehearsal.sh: --classes '${2:-}' is not a number from 1 to 9999" >&2
    exit 64
  fi
  classes=$2
  shift 2
fi
for tool in cjpeg jpegtran; do
  command -v "$tool" >/dev/null || { echo "imagenet_rehearsal.sh: $tool is missing: install libjpeg-turbo-progs" >&2; exit 69; }
done

root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=${root%/*}
odd=$root/Tests/DatasetsTests/Fixtures/pictures
source "$root/launch/environment.sh"
if (($# > 0)); then
  mkdir -p "$1"
  cd -- "$1"
else
  work=$(readlink -f -- "$(mktemp -d)")
  trap 'rm -rf "$work"' EXIT
  cd -- "$work"
fi

wnid() { printf 'n%08d' $((1440764 + 7919 * $1)); }

# A picture of 640 × 480 pixels in smooth colours that differ by $1.
base() {
  awk -v shift="$1" 'BEGIN {
    print "P3\n640 480\n255"
    for (y = 0; y < 480; y++) for (x = 0; x < 640; x++)
      print int(128 + 100 * sin(x / 31 + shift) * cos(y / 23)), (x * 3 + y * 2 + 80 * shift) % 256, \
        int(128 + 90 * cos((x + y) / 17 - shift))
  }' | cjpeg -quality 90
}

# Picture number $1: a part of a base, cut out without loss, of one of many sizes.
picture() {
  local columns=$((160 + 16 * ($1 * 7 % 20))) rows=$((144 + 16 * ($1 * 5 % 13)))
  local options=()
  if (($1 % 50 == 0)); then options=(-grayscale); fi
  jpegtran "${options[@]}" -crop "${columns}x${rows}+$((16 * ($1 % 10)))+$((16 * ($1 % 8)))" "base-$(($1 % 3)).jpg"
}

# The archives, with the odd pictures in the first classes.
make_archives() {
  local class name number
  for number in 0 1 2; do base "$number" >"base-$number.jpg"; done
  mkdir -p train val
  for ((class = 0; class < classes; class++)); do
    name=$(wnid "$class")
    mkdir -p "$name"
    for number in 1 2; do picture $((2 * class + number)) >"$name/${name}_$number.JPEG"; done
    case $class in
      1) cp "$odd/rgb.png" "$name/${name}_3.JPEG" ;;
      2) cp "$odd/cmyk.jpg" "$name/${name}_3.JPEG" ;;
      3) cp "$odd/ycck.jpg" "$name/${name}_3.JPEG" ;;
      4) cp "$odd/turned-big.jpg" "$name/${name}_3.JPEG" ;;
    esac
    tar --owner=0 --group=0 --mtime=@0 -C "$name" -cf "train/$name.tar" .
    rm -r "$name"
  done
  tar --owner=0 --group=0 --mtime=@0 -C train -cf ILSVRC2012_img_train.tar .
  echo ImageId,PredictionString >LOC_val_solution.csv
  # Every class is there, in an order of its own: the factor is a prime above all numbers of classes.
  for ((number = 1; number <= classes || number <= 200; number++)); do
    name=$(printf 'ILSVRC2012_val_%08d' "$number")
    picture $((2 * classes + number)) >"val/$name.JPEG"
    echo "$name,$(wnid $((number * 10007 % classes))) 1 2 3 4" >>LOC_val_solution.csv
  done
  tar --owner=0 --group=0 --mtime=@0 -C val -cf ILSVRC2012_img_val.tar .
}

# The command $@, shown before its output.
run() {
  echo "\$ $*"
  "$@"
}

# Trains in the run directory $1 on $2 ranks.
train() {
  local name=$1 ranks=$2
  shift 2
  run "$root/launch/local.sh" "$ranks" --config "$root/configs/imagenet-gmlp-ti16.toml" --run-dir "$name" \
    --progress plain --set 'data.train=["imagenet/train"]' --set 'data.test=["imagenet/val"]' \
    --set train.global_batch_size=32 --set train.micro_batch_size=8 --set schedule.warmup_steps=2 \
    --set train.evaluate_every=4 --set model.num_classes="$classes" --steps 4 "$@"
}

make_archives
ls -l ILSVRC2012_img_*.tar
run gmlp-train prepare images --format tar --input ILSVRC2012_img_train.tar --resize 256 --output imagenet/train
run gmlp-train prepare images --format tar --input ILSVRC2012_img_val.tar --labels LOC_val_solution.csv --resize 256 \
  --output imagenet/val
train whole 1
status=0
train parts 2 --stop-after 2 || status=$?
((status == 75)) || { echo "imagenet_rehearsal.sh: a stop has exit code $status, not 75" >&2; exit 1; }
train parts 2
digest() { grep -o '"weights_sha256":"[0-9a-f]*"' "$1/metrics.jsonl" | tail -n 1; }
if [[ $(digest whole) != "$(digest parts)" || -z $(digest whole) ]]; then
  echo "imagenet_rehearsal.sh: weights differ after a stop on two ranks: $(digest whole), $(digest parts)" >&2
  exit 1
fi
echo "equal weights: $(digest whole)"
run gmlp-train evaluate --run-dir whole
run gmlp-train predict --run-dir whole --top 2 val/ILSVRC2012_val_00000001.JPEG "$odd/cmyk.jpg" "$odd/rgb.png"
