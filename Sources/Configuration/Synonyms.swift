/// Words that people bring from timm, PyTorch and Transformers, and what they are called here.
///
/// The one list behind hints at keys, options, subcommands and presets. Words are in lower case, with `_` between their parts.
package enum Synonyms {
  /// A key of the configuration, and its names elsewhere, with or without a table.
  package struct Key: Sendable {
    /// The key here.
    package let key: String
    /// What else has to be said; nil: nothing.
    package let note: String?
    /// Its names elsewhere.
    package let words: [String]

    fileprivate init(_ key: String, _ words: [String], note: String? = nil) {
      (self.key, self.note, self.words) = (key, note, words)
    }
  }

  /// An option, a subcommand with the options that it takes, or a preset, and its names elsewhere.
  package struct Word: Sendable {
    /// What it is here, as in `--run-dir`, `train --weights` or `gmlp-s16`.
    package let target: String
    /// Its names elsewhere.
    package let words: [String]

    fileprivate init(_ target: String, _ words: [String]) {
      (self.target, self.words) = (target, words)
    }
  }

  /// The keys, in the order of ``TrainingConfiguration/settings``.
  package static let keys: [Key] = [
    Key("seed", ["manual_seed", "random_seed", "rng_seed", "random_state"]),
    Key(
      "model.kind",
      ["model", "arch", "architecture", "backbone", "model_type", "model.type", "model.name"]),
    Key("model.image_size", ["img_size", "input_size", "resolution", "imgsz"]),
    Key("model.channels", ["in_chans", "in_channels", "num_channels"]),
    Key("model.vocabulary_size", ["vocab_size", "n_vocab"]),
    Key(
      "model.sequence_length",
      [
        "max_length", "max_seq_length", "max_seq_len", "seq_len", "seq_length", "block_size",
        "context_length", "max_position_embeddings",
      ]),
    Key(
      "model.predictions_per_sequence", ["mlm_probability", "mask_ratio"],
      note: "a number of tokens; 0 means 15 % of them"),
    Key("model.d_model", ["dim", "embed_dim", "hidden_size", "hidden_dim", "n_embd", "width"]),
    Key(
      "model.d_ffn",
      ["mlp_ratio", "mlp_dim", "intermediate_size", "ffn_dim", "dim_feedforward", "d_ff"],
      note: "a number of channels"),
    Key("model.num_layers", ["depth", "n_layer", "n_layers", "num_hidden_layers", "num_blocks"]),
    Key("model.num_classes", ["num_labels", "n_classes", "nb_classes"]),
    Key(
      "model.survival_probability",
      ["drop_path", "drop_path_rate", "drop_path_prob", "layerdrop"], note: "1 minus that rate"),
    Key(
      "model.dropout",
      ["drop", "drop_rate", "dropout_rate", "hidden_dropout_prob", "attention_probs_dropout_prob"]),
    Key("model.num_heads", ["n_head", "n_heads", "num_attention_heads"]),
    Key("model.positions", ["pos_embed", "position_embedding_type"]),
    Key("model.class_token", ["cls_token"]),
    Key("model.padding_token", ["pad_token", "pad_token_id", "padding_idx"]),
    Key("model.separator_token", ["sep_token", "sep_token_id"]),
    Key("task.kind", ["task", "task_type", "problem_type", "objective"]),
    Key("task.pooling", ["global_pool", "pool", "pooler"]),
    Key("data.format", ["dataset", "dataset_name", "data.type", "data.name"]),
    Key(
      "data.train",
      [
        "data_dir", "data_path", "data_root", "train_dir", "train_path", "train_file", "train_data",
        "train_split",
      ], note: "a list of files or folders"),
    Key(
      "data.test",
      [
        "val", "valid", "validation", "val_dir", "val_path", "val_data", "val_split", "eval_data",
        "validation_file", "test_file",
      ], note: "a list of files or folders"),
    Key("data.labels", ["class_map", "annotations"]),
    Key("data.whole_words", ["whole_word_mask", "wwm"]),
    Key(
      "train.epochs", ["num_epochs", "n_epochs", "max_epochs", "nb_epochs", "num_train_epochs"]),
    Key(
      "train.steps",
      [
        "max_steps", "num_steps", "total_steps", "training_steps", "num_training_steps",
        "max_iters", "num_iterations", "iterations",
      ]),
    Key(
      "train.global_batch_size",
      ["batch_size", "batch", "bs", "b", "total_batch_size", "effective_batch_size"],
      note: "samples per step, of all ranks together"),
    Key(
      "train.micro_batch_size",
      [
        "per_device_train_batch_size", "per_device_batch_size", "per_gpu_batch_size",
        "local_batch_size", "gradient_accumulation_steps", "grad_accum_steps",
        "accumulate_grad_batches",
      ], note: "a step adds up the gradients of all its micro-batches"),
    Key("train.label_smoothing", ["smoothing", "label_smoothing_factor"]),
    Key("train.ema_decay", ["ema", "model_ema", "model_ema_decay", "ema_rate"]),
    Key(
      "train.precision",
      [
        "amp", "fp16", "bf16", "half", "dtype", "torch_dtype", "amp_dtype", "mixed_precision",
        "autocast",
      ], note: "fp32, bf16 or auto"),
    Key(
      "train.threads",
      [
        "workers", "num_workers", "dataloader_num_workers", "num_threads", "n_jobs", "jobs", "j",
        "cpus",
      ], note: "threads that compute; samples are loaded beside them without a setting"),
    Key("train.bucket_mb", ["bucket_cap_mb"]),
    Key(
      "train.checkpoint_every",
      [
        "save_steps", "save_every", "save_interval", "save_freq", "save_strategy",
        "checkpoint_interval", "checkpoint_freq",
      ], note: "a number of steps"),
    Key(
      "train.evaluate_every",
      [
        "eval_steps", "eval_every", "eval_interval", "eval_freq", "eval_strategy",
        "evaluation_strategy", "val_interval", "val_check_interval", "check_val_every_n_epoch",
      ], note: "a number of steps; 0 means each epoch"),
    Key("train.keep", ["save_total_limit", "save_top_k", "checkpoint_hist", "max_checkpoints"]),
    Key("train.hang_timeout", ["timeout", "ddp_timeout"]),
    Key("train.time_limit", ["max_time", "walltime"]),
    Key("optimizer.kind", ["opt", "optim", "optimizer.type", "optimizer.name"]),
    Key("optimizer.learning_rate", ["lr", "base_lr", "max_lr", "peak_lr", "lr_base"]),
    Key("optimizer.weight_decay", ["wd", "l2"]),
    Key("optimizer.beta1", ["betas", "adam_beta1", "opt_betas"], note: "and optimizer.beta2"),
    Key("optimizer.beta2", ["adam_beta2"]),
    Key("optimizer.epsilon", ["eps", "adam_epsilon", "adam_eps", "opt_eps"]),
    Key(
      "optimizer.frozen",
      ["freeze", "freeze_layers", "freeze_backbone", "frozen_layers", "requires_grad"],
      note: "a list of patterns of names"),
    Key("optimizer.layer_decay", ["llrd", "layerwise_lr_decay", "layer_lr_decay"]),
    Key(
      "optimizer.grad_clip",
      [
        "clip", "clip_grad", "clip_norm", "clip_grad_norm", "max_norm", "max_grad_norm",
        "gradient_clip_val", "gradient_clipping",
      ]),
    Key(
      "schedule.kind",
      [
        "sched", "scheduler", "lr_scheduler", "lr_scheduler_type", "lr_schedule", "schedule.type",
        "schedule.name", "scheduler.type", "scheduler.name",
      ]),
    Key("schedule.warmup_steps", ["warmup", "num_warmup_steps", "warmup_iters", "warmup_updates"]),
    Key("schedule.warmup_share", ["warmup_ratio", "warmup_fraction", "pct_start"]),
    Key("schedule.minimum_learning_rate", ["min_lr", "lr_min", "eta_min", "final_lr"]),
    Key("augment.crop_padding", ["random_crop", "padding"]),
    Key("augment.horizontal_flip", ["hflip", "flip", "fliplr", "random_horizontal_flip"]),
    Key("augment.crop_fraction", ["crop_pct"]),
    Key("augment.interpolation", ["train_interpolation", "resample"]),
    Key("augment.random_resized_crop", ["rrc"]),
    Key("augment.crop_scale", ["scale"]),
    Key("augment.crop_ratio", ["ratio"]),
    Key("augment.policy", ["aa", "auto_augment", "autoaugment", "rand_augment", "randaugment"]),
    Key("augment.color_jitter", ["jitter", "colorjitter", "colour_jitter"]),
    Key("augment.erasing", ["reprob", "random_erase", "random_erasing"]),
    Key("augment.erasing_mode", ["remode"]),
    Key("augment.mixup", ["mixup_alpha"]),
    Key("augment.cutmix", ["cutmix_alpha"]),
    Key("augment.switch", ["mixup_switch_prob", "switch_prob"]),
    Key("augment.mixing", ["mixup_mode"]),
    Key("augment.repeats", ["aug_repeats", "repeated_aug"]),
  ]

  /// Options that stand for a key, on the commands that have them.
  package static let optionsOfKeys: [(key: String, option: String)] = [
    ("optimizer.learning_rate", "--lr"), ("train.epochs", "--epochs"),
    ("train.global_batch_size", "--batch-size"), ("train.steps", "--steps"),
    ("train.threads", "--threads"), ("seed", "--seed"),
  ]

  /// Other options.
  package static let options: [Word] = [
    Word("--preset", ["model", "model_name"]),
    Word("--config", ["cfg", "conf", "config_file", "yaml"]),
    Word(
      "--run-dir",
      [
        "output", "output_dir", "out_dir", "save_dir", "log_dir", "logdir", "work_dir",
        "experiment",
      ]),
    Word(
      "--weights",
      ["pretrained", "initial_checkpoint", "model_name_or_path", "init_from", "finetune"]),
    Word("--resume", ["resume_from_checkpoint", "resume_from", "ckpt_path", "continue"]),
    Word("--checkpoint", ["ckpt", "model_path"]),
    Word("--ema", ["use_ema"]),
    Word("--debug", ["detect_anomaly"]),
    Word("--quiet", ["silent", "disable_tqdm"]),
  ]

  /// Subcommands.
  package static let commands: [Word] = [
    Word("train", ["fit", "pretrain", "run", "start", "launch", "resume", "continue"]),
    Word("train --weights", ["finetune", "fine_tune"]),
    Word("evaluate", ["test", "eval", "validate", "val", "score"]),
    Word("predict", ["infer", "inference", "classify"]),
    Word("inspect", ["info", "show", "summary", "describe", "ls"]),
    Word("prepare", ["preprocess", "tokenize"]),
    Word("benchmark", ["profile", "speed", "perf"]),
    Word("sweep", ["tune", "search", "grid", "hpo"]),
    Word("watch", ["monitor", "dashboard", "top", "tail", "follow"]),
    Word("report", ["plot", "plots", "html", "curves"]),
    Word("compare", ["bisect"]),
    Word("export", ["convert", "save_pretrained"]),
    Word("export onnx", ["onnx", "to_onnx"]),
    Word("export huggingface", ["huggingface", "hf", "timm", "transformers"]),
    Word("export tensorboard", ["tensorboard", "tb"]),
    Word("import", ["from_pretrained"]),
    Word("checkpoints", ["ckpt", "ckpts"]),
    Word("checkpoints diff", ["diff"]),
    Word("checkpoints prune", ["prune", "clean"]),
    Word("checkpoints verify", ["verify"]),
    Word("doctor", ["diagnose", "env", "collect_env"]),
    Word("replay", ["reproduce"]),
    Word("torture", ["stress", "chaos"]),
  ]

  /// Presets, by the names that timm and Transformers have for these models.
  package static let presets: [Word] = [
    Word("gmlp-ti16", ["gmlp_ti16_224"]), Word("gmlp-s16", ["gmlp_s16_224"]),
    Word("gmlp-b16", ["gmlp_b16_224"]), Word("mixer-s16", ["mixer_s16_224"]),
    Word("mixer-b16", ["mixer_b16_224"]), Word("resmlp-12", ["resmlp_12_224"]),
    Word("resmlp-24", ["resmlp_24_224"]), Word("resmlp-36", ["resmlp_36_224"]),
    Word("deit-ti16", ["deit_tiny_patch16_224", "vit_tiny_patch16_224"]),
    Word("deit-s16", ["deit_small_patch16_224", "vit_small_patch16_224"]),
    Word("deit-b16", ["deit_base_patch16_224", "vit_base_patch16_224"]),
    Word("mlm-bert-base", ["bert_base_uncased", "bert_base_cased"]),
    Word("mlm-bert-large", ["bert_large_uncased", "bert_large_cased"]),
  ]

  /// What is not here, and what to know instead.
  package static let remarks: [(words: [String], remark: String)] = [
    (
      ["device", "devices", "gpu", "gpus", "cuda", "accelerator"],
      "models are trained on CPUs, so there is nothing to choose"
    ),
    (
      ["nproc", "np", "nproc_per_node", "num_processes", "world_size", "nnodes", "nodes"],
      "mpirun starts ranks, as in mpirun -n 4 gmlp-train"
    ),
  ]
}
