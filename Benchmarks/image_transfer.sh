#!/usr/bin/env bash
# Transfer on CIFAR-10: a gMLP that has learnt eight classes learns the other two, compared with one from scratch.
#
#   Benchmarks/image_transfer.sh [--steps N] PICTURES [FOLDER]
#
# PICTURES has train/CLASS/*.jpg and test/CLASS/*.jpg of CIFAR-10's ten classes. A gMLP of 0.49 million parameters is
# trained on all but cats and dogs for 15 epochs. Then cats and dogs are learnt from 100, 500 and 5,000 pictures of each,
# with the pretrained weights and without, from three seeds; both ways have the same steps and rates. FOLDER,
# runs/image-transfer by default, gets the runs and table.md: accuracies of the averaged weights at the end of each run.
# Stopped or killed anywhere, the same command resumes. About an hour and a quarter on two cores at 640 images/s. --steps N
# ends each run after N steps, to try the script. Needs python3.
set -euo pipefail

case ${1:-} in
  -h | --help)
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"
    exit 0
    ;;
esac
length=()
if [[ ${1:-} == --steps ]]; then
  length=(--set "train.steps=${2:?image_transfer.sh: --steps needs a number}")
  shift 2
fi
root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=${root%/*}
source "$root/launch/environment.sh"
pictures=$(readlink -e -- "${1:?image_transfer.sh: name the folder of pictures; see --help}")
folder=${2:-runs/image-transfer}
new=(cat dog)
seeds=(0 1 2)
counts=(100 500 5000)
mkdir -p "$folder"
cd -- "$folder"

# Links to the folders of the old classes, and to the first pictures of the new ones.
for part in train test; do
  mkdir -p "old/$part"
  for class in "$pictures/$part"/*; do
    name=${class##*/}
    if [[ " ${new[*]} " != *" $name "* ]]; then ln -sfn "$class" "old/$part/$name"; fi
  done
done
for count in "${counts[@]}"; do
  for name in "${new[@]}"; do
    mkdir -p "new-$count/$name"
    # head would end before sort has written all, and that would count as a failure.
    find "$pictures/train/$name" -type f -print0 | LC_ALL=C sort -z | sed -zn "1,${count}p" \
      | xargs -0 ln -sft "new-$count/$name"
    mkdir -p new-test
    ln -sfn "$pictures/test/$name" "new-test/$name"
  done
done

# train NAME TRAIN TEST OPTION...: trains in the run directory NAME, or resumes.
train() {
  local name=$1 train=$2 test=$3
  shift 3
  gmlp-train --config "$root/configs/cifar10-gmlp.toml" --run-dir "$name" --threads 2 --quiet \
    --set data.format=folder --set "data.train=[\"$train\"]" --set "data.test=[\"$test\"]" "$@" "${length[@]}"
}

# accuracy NAME: that of the averaged weights with which the run has ended, not of those that were best on the test set.
accuracy() {
  local checkpoints=("$1"/checkpoints/step-*)
  gmlp-train evaluate --checkpoint "${checkpoints[-1]}" --ema --threads 2 --quiet --json \
    | python3 -c 'import json, sys; print("{:.4f}".format(json.load(sys.stdin)["accuracy"]))'
}

train pretrained old/train old/test --set model.num_classes=8
pretrained=$(accuracy pretrained)
# Runs that began with other weights, as of an earlier pretraining, would resume as if they were of these.
given=$(sha256sum pretrained/checkpoints/best/model.safetensors)
given=${given%% *}
for run in pretrained-*; do
  if [[ ! -s $run/metrics.jsonl ]]; then continue; fi
  start=$(head -n 1 "$run/metrics.jsonl")
  if [[ $start == *'"given_weights_sha256":"'* && $start != *"\"given_weights_sha256\":\"$given\""* ]]; then
    echo "image_transfer.sh: $PWD/$run began with other weights than the best of $PWD/pretrained; remove it" >&2
    exit 64
  fi
done

{
  echo "Accuracy on the eight old classes: $pretrained"
  echo
  echo '| pictures of a class | seed | pretrained | from scratch |'
  echo '| ---: | ---: | ---: | ---: |'
} >table.md.new
for count in "${counts[@]}"; do
  # As many steps for few pictures as ten epochs of all have, so that nothing ends early.
  common=("new-$count" new-test --set model.num_classes=2 --set train.steps=780 --set train.evaluate_every=78
    --set schedule.warmup_epochs=0 --set schedule.warmup_steps=78 --set optimizer.learning_rate=1e-3)
  for seed in "${seeds[@]}"; do
    train "pretrained-$count-$seed" "${common[@]}" --set "seed=$seed" --weights pretrained
    train "scratch-$count-$seed" "${common[@]}" --set "seed=$seed"
    pretrained=$(accuracy "pretrained-$count-$seed")
    scratch=$(accuracy "scratch-$count-$seed")
    echo "| $count | $seed | $pretrained | $scratch |" >>table.md.new
  done
done
# Means over the seeds, and half the difference between the largest and the smallest.
awk -F ' *[|] *' '
  function add(kind, value) {
    if (!(($2, kind) in sum) || value > most[$2, kind]) most[$2, kind] = value
    if (!(($2, kind) in sum) || value < least[$2, kind]) least[$2, kind] = value
    sum[$2, kind] += value
  }
  function cell(count, kind) {
    return sprintf("%.4f ± %.4f", sum[count, kind] / runs[count], (most[count, kind] - least[count, kind]) / 2)
  }
  $2 ~ /^[0-9]+$/ {
    if (!($2 in runs)) order[++counts] = $2
    runs[$2]++
    add("pretrained", $4)
    add("scratch", $5)
  }
  END {
    print "\n| pictures of a class | pretrained | from scratch |\n| ---: | ---: | ---: |"
    for (i = 1; i <= counts; i++)
      print "| " order[i] " | " cell(order[i], "pretrained") " | " cell(order[i], "scratch") " |"
  }' table.md.new >means.md
cat means.md >>table.md.new
mv -- table.md.new table.md
rm -- means.md
cat table.md
