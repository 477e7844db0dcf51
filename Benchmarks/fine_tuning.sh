#!/usr/bin/env bash
# Fine-tunes gMLP, aMLP and a Transformer of equal size, and a larger gMLP, on sentences, pairs and questions.
#
#   Benchmarks/fine_tuning.sh [OPTION...] DATA [FOLDER]
#
#   --models "gmlp amlp transformer large"   some of them; by default all but large
#   --tasks "sst2 mnli snli qa"              some of them; by default all
#   --seeds N                                seeds of each, 5 by default
#   --pretrained MODEL=RUN                   a run to start from, in place of pretraining; may be repeated
#   --steps N                                ends each run after N steps, to try the script
#
# DATA has text/novels93.txt.xz with its index, finetune/sst2/{train,dev}.tsv.gz, finetune/nli/mnli_matched_dev.tsv.gz and
# snli_{dev,test}.tsv.gz, and finetune/squad/{squadshifts_{reddit,amazon_reviews,new_wiki},xquad.en}.json.gz.
# FOLDER, runs/fine-tuning by default, gets data, runs, tables, plots, report.md and attention.png. Every model is
# pretrained on 41 million tokens of novels in sequences of 256, with the same vocabulary. Learning rates are searched on
# a holdout of the training part, for pretrained and for random weights (MNLI takes those of SNLI, and large those of
# gmlp). Then every task is learned from the pretrained weights, which are the same for all seeds, and from random ones.
# Stopped anywhere, the same command resumes.
#
#   sst2   67,349 phrases, standard dev set; comparable with others
#   mnli   matched dev set split by premise: about 8,056 pairs, 1,759 held out; the project's own
#   snli   dev set (9,842 pairs) to test set (9,824); the project's own
#   qa     SQuADShifts reddit and amazon (19,688 questions) to new_wiki, and to XQuAD; the project's own
#
# Hours on two idle cores of a Zen 5, estimated: pretraining 0.3 a model, large 1.3; rates 0.6 a model; five seeds of
# pretrained and random weights of sst2 0.6, mnli 0.3, snli 0.3 and qa 0.9 a model, large four times as much. That is
# 9 for the three models, and 9.7 more with large. For 5.2 hours: --seeds 2. Not to be run while speed is measured.
# Needs Python 3.11.
set -euo pipefail

usage() { sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"; }
models=(gmlp amlp transformer) tasks=(sst2 mnli snli qa) seeds=5 length=()
declare -A given=()
while (($#)); do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --models | --tasks | --seeds | --pretrained | --steps)
      if (($# < 2)); then
        echo "fine_tuning.sh: $1 needs a value; see Benchmarks/fine_tuning.sh --help" >&2
        exit 64
      fi
      case $1 in
        --models) read -ra models <<<"$2" ;;
        --tasks) read -ra tasks <<<"$2" ;;
        --seeds) seeds=$2 ;;
        --pretrained)
          given[${2%%=*}]=$(readlink -e -- "${2#*=}") || { echo "fine_tuning.sh: there is no run ${2#*=}" >&2; exit 66; }
          ;;
        --steps) length=(--set "train.steps=$2" --set train.epochs=1) ;;
      esac
      shift 2
      ;;
    -*)
      echo "fine_tuning.sh: '$1' is no option; see Benchmarks/fine_tuning.sh --help" >&2
      exit 64
      ;;
    *) break ;;
  esac
done

# known WORDS WORD...: whether each is one of WORDS.
known() {
  local words=$1 word
  shift
  for word in "$@"; do
    if [[ " $words " != *" $word "* ]]; then
      echo "fine_tuning.sh: '$word' is not one of $words; see Benchmarks/fine_tuning.sh --help" >&2
      exit 64
    fi
  done
}

known 'gmlp amlp transformer large' "${models[@]}" "${!given[@]}"
known 'sst2 mnli snli qa' "${tasks[@]}"
if [[ " ${models[*]} " == *" large "* && " ${models[*]} " != *" gmlp "* ]]; then
  echo "fine_tuning.sh: large takes the rates of gmlp; name both in --models" >&2
  exit 64
fi
root=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=${root%/*}
source "$root/launch/environment.sh"
input=$(readlink -e -- "${1:?fine_tuning.sh: name the folder of data; see --help}") \
  || { echo "fine_tuning.sh: there is no folder $1" >&2; exit 66; }
folder=${2:-runs/fine-tuning}
mkdir -p "$folder"
cd -- "$folder"
study=(python3 "$root/Benchmarks/text_study.py")

# settings MODEL: the encoder, a key a line. All of about 2.25 million parameters, large 9.2 million.
settings() {
  local transformer=(model.kind=transformer model.toeplitz=false model.num_heads=4 model.d_ffn=512 model.num_layers=6
    model.positions=relative model.attention_size=0 model.padding_token=0)
  case $1 in
    gmlp) printf '%s\n' model.d_ffn=768 model.attention_size=0 ;;
    amlp) printf '%s\n' model.d_ffn=640 model.attention_size=32 ;;
    large) printf '%s\n' model.d_model=256 model.d_ffn=1536 model.num_layers=12 model.attention_size=0 ;;
    transformer) printf '%s\n' "${transformer[@]}" ;;
  esac
}

# masking MODEL: padding in labelled text. A Transformer's attention ignores it by its number alone.
masking() {
  if [[ $1 == transformer ]]; then
    printf '%s\n' model.padding_token=0 model.mask_padding=false
  else
    printf '%s\n' model.padding_token=0 model.mask_padding=true
  fi
}

# prepare FOLDER COMMAND...: makes a set unless it is there.
prepare() {
  local output=$1
  shift
  if [[ ! -d $output ]]; then gmlp-train prepare "$@" --output "$output"; fi
}

prepare_text() {
  local novels=(text --input "$input/text/novels93.txt.xz" --index "$input/text/novels93.index.tsv" --holdout 30
    --sequence-length 256)
  prepare data/text-train "${novels[@]}" --vocabulary-size 8192
  prepare data/text-test "${novels[@]}" --split test --vocabulary data/text-train/vocabulary.model
}

# sets TASK: the prepared sets of a task, and of the search for its rate.
sets() {
  local common=(--weights "pretrained/${models[0]}") pairs=(--text premise --pair hypothesis --group premise)
  local from=$input/finetune
  local review=(classification --train "$from/sst2/train.tsv.gz" --text sentence --label-names 'negative,positive'
    --sequence-length 64)
  case $1 in
    sst2)
      prepare data/sst2 "${review[@]}" --dev "$from/sst2/dev.tsv.gz" "${common[@]}"
      prepare data/sst2-search "${review[@]}" --holdout 0.05 "${common[@]}"
      ;;
    mnli)
      prepare data/mnli classification --train "$from/nli/mnli_matched_dev.tsv.gz" "${pairs[@]}" --holdout 0.18 "${common[@]}"
      ;;
    snli)
      prepare data/snli classification --train "$from/nli/snli_dev.tsv.gz" --dev "$from/nli/snli_test.tsv.gz" \
        --text premise --pair hypothesis "${common[@]}"
      prepare data/snli-search classification --train "$from/nli/snli_dev.tsv.gz" "${pairs[@]}" --holdout 0.1 "${common[@]}"
      ;;
    qa)
      local shifts=(spans --train "$from/squad/squadshifts_reddit.json.gz" "$from/squad/squadshifts_amazon_reviews.json.gz"
        --sequence-length 256)
      prepare data/qa "${shifts[@]}" --dev "$from/squad/squadshifts_new_wiki.json.gz" "${common[@]}"
      prepare data/qa-search "${shifts[@]}" --holdout 0.05 "${common[@]}"
      prepare data/xquad spans --train "$from/squad/xquad.en.json.gz" --sequence-length 256 "${common[@]}"
      ;;
  esac
}

pretrain() {
  local model=$1 key factor=(--set 'optimizer.rate_factors=["*.gate.proj.weight=8"]') assignments=()
  mkdir -p pretrained
  if [[ -n ${given[$model]:-} ]]; then
    ln -sfn "${given[$model]}" "pretrained/$model"
    return
  fi
  if [[ $model == transformer ]]; then factor=(--set 'optimizer.rate_factors=["relative_bias.weight=8"]'); fi
  while read -r key; do assignments+=(--set "$key"); done < <(settings "$model")
  # 8 sequences of 256 tokens a step: the batches of text_parity.sh in tokens, and its rates.
  gmlp-train --config "$root/configs/mlm-small.toml" --run-dir "pretrained/$model" --threads 2 --quiet \
    --set 'data.train=["data/text-train"]' --set 'data.test=["data/text-test"]' --set model.sequence_length=256 \
    --set train.global_batch_size=8 --set train.micro_batch_size=4 --set train.steps=20000 \
    --set train.evaluate_every=4000 --set train.checkpoint_every=4000 --set schedule.warmup_steps=2000 \
    "${factor[@]}" "${assignments[@]}" "${length[@]}"
}

# variant NAME MODEL RATE [WEIGHTS]: a variant of a sweep, as TOML.
variant() {
  printf '\n[[variant]]\nname = "%s"\n' "$1"
  if [[ -n ${4:-} ]]; then printf 'weights = "%s"\n' "$4"; fi
  echo 'set = ['
  { settings "$2"; masking "$2"; echo "optimizer.learning_rate=$3"; } | sed 's/.*/  "&",/'
  echo ']'
}

# base TASK: the configuration of a task. NLI has the one of MNLI.
base() {
  case $1 in
    sst2) echo "$root/configs/sst2.toml" ;;
    mnli | snli) echo "$root/configs/mnli.toml" ;;
    qa) echo "$root/configs/squad.toml" ;;
  esac
}

epochs() {
  case $1 in
    sst2 | qa) echo 2 ;;
    mnli | snli) echo 5 ;;
  esac
}

# sweep NAME TRAIN TEST EPOCHS: trains what NAME.toml asks for in the folder NAME, or resumes.
sweep() {
  gmlp-train sweep "$1.toml" --output "$1" --threads 2 --set "data.train=[\"$2\"]" --set "data.test=[\"$3\"]" \
    --set "train.epochs=$4" --set train.evaluate_every=0 --set train.checkpoint_every=1000 "${length[@]}"
}

# search TASK: the best rates of each small model on a holdout of the training part, in one epoch (NLI: two). Random
# weights have a search of their own: what suits pretrained ones is too low for them.
search() {
  local task=$1 model rate rounds=1
  if [[ $task == snli ]]; then rounds=2; fi
  {
    printf 'config = "%s"\n' "$(base "$task")"
    for model in "${models[@]}"; do
      if [[ $model == large ]]; then continue; fi
      for rate in 0.0001 0.0003 0.001; do
        variant "$model pretrained, rate $rate" "$model" "$rate" "pretrained/$model"
      done
      for rate in 0.0003 0.001 0.003; do
        variant "$model random, rate $rate" "$model" "$rate"
      done
    done
  } >"$task-search.toml"
  sweep "$task-search" "data/$task-search/train" "data/$task-search/holdout" "$rounds"
}

# score TASK: what a task is judged by.
score() { if [[ $1 == qa ]]; then echo f1; else echo accuracy; fi; }

# rate TASK MODEL pretrained|random
rate() {
  local task=$1 model=$2
  if [[ $task == mnli ]]; then task=snli; fi
  if [[ $model == large ]]; then model=gmlp; fi
  "${study[@]}" rates "$(score "$task")" "$task-search.toml" 2>>rates.log | sed -n "s/^$model $3 //p"
}

fine_tune() {
  local task=$1 model pretrained random test=dev
  if [[ $task == mnli ]]; then test=holdout; fi
  {
    printf 'config = "%s"\nseeds = [%s]\n' "$(base "$task")" "$(seq -s ', ' 0 $((seeds - 1)))"
    for model in "${models[@]}"; do
      pretrained=$(rate "$task" "$model" pretrained)
      random=$(rate "$task" "$model" random)
      if [[ -z $pretrained || -z $random ]]; then
        echo "fine_tuning.sh: no run of the search for $model's rates in $task has a score; see rates.log" >&2
        exit 1
      fi
      variant "$model, pretrained" "$model" "$pretrained" "pretrained/$model"
      variant "$model, random weights" "$model" "$random"
    done
  } >"$task.toml"
  sweep "$task" "data/$task/train" "data/$task/$test" "$(epochs "$task")"
}

# score_xquad: the answers of every run of qa to other paragraphs.
score_xquad() {
  local run last
  for run in qa/*/; do
    if [[ ! -d ${run}checkpoints || -s ${run}xquad.json ]]; then continue; fi
    last=$(find "${run}checkpoints" -maxdepth 1 -name 'step-*' | sort | tail -n 1)
    gmlp-train evaluate --checkpoint "$last" --set 'data.test=["data/xquad/train"]' --threads 2 --json --quiet \
      >"${run}xquad.json"
  done
}

# draw_pairs: what the attention of a fine-tuned aMLP looks at in held-out pairs, and its W; where there is numpy.
draw_pairs() {
  local run=mnli/amlp--pretrained-seed0 last
  if [[ ! -d $run/checkpoints ]] || ! python3 -c 'import numpy' 2>/dev/null; then return; fi
  last=$(find "$run/checkpoints" -maxdepth 1 -name 'step-*' | sort | tail -n 1)
  python3 "$root/Benchmarks/draw_attention.py" attention.png "$last/model.safetensors" data/mnli/holdout/00000.shard 0 1 2 \
    >attention.txt
}

prepare_text
for model in "${models[@]}"; do pretrain "$model"; done
searched=()
for task in "${tasks[@]}"; do
  sets "$task"
  found=$task
  if [[ $task == mnli ]]; then
    found=snli
    sets snli
  fi
  if [[ " ${searched[*]} " != *" $found "* ]]; then search "$found"; fi
  searched+=("$found")
  fine_tune "$task"
  if [[ $task == qa ]]; then score_xquad; fi
  if [[ $task == mnli ]]; then draw_pairs; fi
done
{
  for task in "${tasks[@]}"; do
    printf '## %s\n\n' "$task"
    cat "$task/table.md"
    echo
    "${study[@]}" compare "$(score "$task")" "$task.toml"
    echo
  done
  if compgen -G 'qa/*/xquad.json' >/dev/null; then "${study[@]}" xquad qa.toml; fi
} | tee report.md
