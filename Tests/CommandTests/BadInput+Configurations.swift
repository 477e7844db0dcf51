import Foundation
import RunSupport

extension BadInput {
  /// Configurations and assignments.
  static let configurations = [
    BadInput(
      "a missing configuration", 64, ["nowhere.toml", "no such file"], ["--config", "nowhere.toml"]),
    BadInput("a folder as configuration", 64, ["is a folder"], ["--config", "folder"]) {
      try $0.write("folder/file", [])
      return nil
    },
    BadInput("a pipe as configuration", 64, ["is a pipe"], ["--config", "pipe.toml"]) {
      try $0.makePipe("pipe.toml")
      return nil
    },
    BadInput(
      "a configuration in UTF-16 without a mark", 64, ["run.toml", "looks like UTF-16", "iconv"]
    ) {
      try $0.change("run.toml") { bytes in bytes = bytes.flatMap { [0, $0] } }
      return nil
    },
    BadInput("a configuration that is not text", 64, ["run.toml", "UTF-8"]) {
      try $0.write("run.toml", [0xff, 0xfe, 0, 1])
      return nil
    },
    BadInput("a configuration that is not TOML", 64, ["run.toml: line 2"]) {
      try $0.write("run.toml", Array("seed = 1\nseed seed\n".utf8))
      return nil
    },
    BadInput(
      "an unknown key", 64,
      ["run.toml: unknown key train.epoch;", "train.epochs"]
    ) {
      try $0.write("run.toml", Array("[train]\nepoch = 2\n".utf8))
      return nil
    },
    BadInput("an unknown table", 64, ["run.toml: unknown key training"]) {
      try $0.write("run.toml", Array("[training]\nepochs = 2\n".utf8))
      return nil
    },
    BadInput(
      "a value of another type", 64, ["--set train.epochs=many", "must be an integer"],
      ["--set", "train.epochs=many"]),
    BadInput(
      "a value out of range", 64, ["train.label_smoothing = 1.5", "at least 0 and below 1"],
      ["--set", "train.label_smoothing=1.5"]),
    BadInput(
      "a share of 1", 64, ["train.label_smoothing = 1.0"],
      ["--set", "train.label_smoothing=1"]),
    BadInput(
      "a value below 0", 64, ["optimizer.learning_rate = -1.0", "at least 0 and at most 1000"],
      ["--set", "optimizer.learning_rate=-1"]),
    BadInput(
      "a number that is 0 in single precision", 64, ["optimizer.epsilon = 1e-300"],
      ["--set", "optimizer.epsilon=1e-300"]),
    BadInput(
      "a deviation that is 0 in single precision", 64, ["data.std = 1e-60"],
      ["--set", "data.std=[1e-60]"]),
    BadInput(
      "more steps than can be counted", 64, ["train.epochs = 9000000000000000000", "at most"],
      ["--set", "train.epochs=9000000000000000000"]),
    BadInput(
      "epochs of more steps than can be counted", 64,
      ["train.epochs = 1000000000", "4294967295"],
      ["--set", "train.epochs=1000000000", "--set", "train.global_batch_size=2"]),
    BadInput(
      "batches larger than any memory", 64, ["train.global_batch_size = 4611686018427387904"],
      [
        "--set", "train.global_batch_size=4611686018427387904", "--set",
        "train.micro_batch_size=4611686018427387904",
      ]),
    BadInput(
      "images larger than any memory", 64, ["model.patch_size = [1, 1]", "1099511627776 patches"],
      ["--set", "model.image_size=[1048576,1048576]", "--set", "model.patch_size=[1,1]"]),
    BadInput(
      "an edge wider than any image", 64, ["augment.crop_padding = 9223372036854775807"],
      ["--set", "augment.crop_padding=9223372036854775807"]),
    BadInput(
      "values that do not go together", 64,
      ["train.global_batch_size = 15", "multiple of train.micro_batch_size = 2"],
      ["--set", "train.global_batch_size=15"]),
    BadInput(
      "rounded gradients with reduction by MPI", 64, ["train.wire_precision", "train.reduction"],
      ["--set", "train.wire_precision=bf16", "--set", "train.reduction=mpi"]),
    BadInput(
      "digests of rounded gradients", 64,
      ["train.record_digests", "train.wire_precision"],
      ["--set", "train.wire_precision=bf16", "--set", "train.record_digests=true"]),
    BadInput(
      "digests with reduction by MPI", 64, ["train.record_digests", "train.reduction"],
      ["--set", "train.reduction=mpi", "--set", "train.record_digests=true"]),
    BadInput(
      "patches that do not fill the image", 64, ["model.patch_size"],
      ["--set", "model.patch_size=[3,3]"]),
    BadInput(
      "rotary positions of heads with an odd number of channels", 64,
      ["model.positions = \"rotary\"", "d_model / num_heads = 3 is odd"],
      [
        "--set", "model.input=text", "--set", "model.kind=transformer", "--set",
        "model.positions=rotary", "--set", "model.d_model=6", "--set", "model.num_heads=2",
      ]),
    BadInput(
      "masked padding without its token", 64, ["model.mask_padding = true", "needs padding_token"],
      ["--set", "model.input=text", "--set", "model.mask_padding=true"]),
    BadInput(
      "spans of images", 64, ["task.kind = \"spans\"", "model.input = \"text\""],
      ["--set", "task.kind=spans"]),
    BadInput(
      "a warm-up by two measures", 64, ["schedule.warmup_share = 0.1", "schedule.warmup_epochs"],
      ["--set", "schedule.warmup_share=0.1", "--set", "schedule.warmup_epochs=2"]),
    BadInput(
      "an unknown optimizer", 64, ["optimizer.kind must be one of \"adamw\""],
      ["--set", "optimizer.kind=adagrad"]),
    BadInput(
      "a momentum of 1", 64, ["optimizer.momentum = 1.0", "at least 0 and below 1"],
      ["--set", "optimizer.momentum=1"]),
    BadInput(
      "Nesterov's momentum without momentum", 64, ["optimizer.nesterov", "optimizer.momentum"],
      ["--set", "optimizer.nesterov=true", "--set", "optimizer.momentum=0"]),
    BadInput(
      "a frozen tensor that is not there", 64,
      ["optimizer.frozen: \"block.*\" matches no tensor", "nearest are"],
      ["--set", #"optimizer.frozen=["stem.*","block.*"]"#]),
    BadInput(
      "nothing that learns", 64, ["optimizer.frozen = [\"*\"]: freezes all", "leave some out"],
      ["--set", #"optimizer.frozen=["*"]"#]),
    BadInput(
      "a frozen tensor that is not a pattern", 64,
      ["optimizer.frozen must be a list", "a pattern"],
      ["--set", "optimizer.frozen=true"]),
    BadInput(
      "a pattern that matches no tensor", 64,
      [
        "optimizer.rate_factors: \"haed.*\" matches no tensor",
        "the nearest are head.weight, head.bias",
      ],
      ["--set", #"optimizer.rate_factors=["head.*=2","haed.*=10"]"#]),
    BadInput(
      "a pattern without a factor", 64,
      [
        "optimizer.decay_factors must be a list", "\"pattern=factor\"",
        "at least 0 and at most 1000",
      ],
      ["--set", #"optimizer.decay_factors=["head.*"]"#]),
    BadInput(
      "a factor below 0", 64, ["optimizer.rate_factors must be a list", "at least 0"],
      ["--set", #"optimizer.rate_factors=["head.*=-1"]"#]),
    BadInput(
      "a layer decay of 0", 64, ["optimizer.layer_decay = 0.0", "above 0"],
      ["--set", "optimizer.layer_decay=0"]),
    BadInput(
      "an assignment without a value", 64, ["--set nonsense", "key=value"], ["--set", "nonsense"]),
    BadInput(
      "an assignment to an unknown key", 64, ["--set train.epohcs=3", "train.epochs"],
      ["--set", "train.epohcs=3"]),
    BadInput("an empty value", 64, ["--run-dir is empty"], ["--run-dir", ""]),
  ]

  /// Ranks that find different things: rank 1 is told of other files.
  static let differing = [
    BadInput(
      "a file that differs between ranks", 65,
      ["rank 1 on ", "the training set other-images, train-labels differs from rank 0's"],
      rankOne: ["--set", #"data.train=["other-images","train-labels"]"#]
    ) {
      try $0.change("train-images", as: "other-images") { $0[2_000] ^= 1 }
      return nil
    },
    BadInput(
      "a file that one rank does not find", 65, ["rank 1 on ", "no-images", "no such file"],
      rankOne: ["--set", #"data.train=["no-images","train-labels"]"#]),
    BadInput(
      "a file that is truncated on one rank", 65, ["rank 1 on ", "cut-labels, byte 23"],
      rankOne: ["--set", #"data.test=["test-images","cut-labels"]"#]
    ) {
      try $0.change("test-labels", as: "cut-labels") { $0.removeLast() }
      return nil
    },
    BadInput(
      "weights that one rank does not find", 65, ["rank 1 on ", "nowhere.safetensors"],
      rankOne: ["--weights", "nowhere.safetensors"]),
    BadInput(
      "a configuration that differs between ranks", 64,
      ["rank 1 on ", "the configuration differs from rank 0's"], rankOne: ["--set", "seed=1"]),
    BadInput(
      "a number of threads that differs between ranks", 64,
      ["rank 1 on ", "train.threads differs from rank 0's (2 here, 1 there)"],
      rankOne: ["--threads", "2"]),
    BadInput(
      "a size of buckets that differs between ranks", 64,
      ["rank 1 on ", "train.bucket_mb differs from rank 0's"],
      rankOne: ["--set", "train.bucket_mb=3"]),
    BadInput(
      "digests recorded on one rank only", 64,
      ["rank 1 on ", "train.record_digests differs from rank 0's (true here, false there)"],
      rankOne: ["--set", "train.record_digests=true"]),
    BadInput(
      "a configuration that is bad on one rank", 64, ["rank 1 on ", "--set sed=1", "seed"],
      rankOne: ["--set", "sed=1"]),
  ]
}
