import Foundation
import RunSupport

extension BadInput {
  /// All that is tried.
  static let all = data + pictures + checkpoints + configurations + differing

  /// Files of data that are not what they should be.
  static let data = [
    BadInput(
      "a truncated file", 65, ["train-images, byte 4102", "ends early", "download it again"]
    ) {
      try $0.change("train-images") { $0.removeLast(10) }
      return nil
    },
    BadInput(
      "a file cut off inside its header", 65,
      ["train-labels, byte 6", "ends inside the IDX header"]
    ) {
      try $0.change("train-labels") { $0.removeLast($0.count - 6) }
      return nil
    },
    BadInput(
      "a truncated .gz", 65, ["train-images.gz, byte", "the gzip data is cut off"],
      ["--set", #"data.train=["train-images.gz","train-labels"]"#]
    ) {
      try $0.change("train-images", as: "train-images.gz") { $0 = GoodFiles.gzipWithoutEnd($0) }
      return nil
    },
    BadInput(
      "a damaged .gz", 65, ["train-images.gz, byte", "the gzip data is damaged"],
      ["--set", #"data.train=["train-images.gz","train-labels"]"#]
    ) {
      try $0.change("train-images", as: "train-images.gz") {
        $0 = GoodFiles.gzipWithoutEnd($0) + [1, 2, 3, 4, 5, 6, 7, 8]
      }
      return nil
    },
    BadInput(
      "a wrong magic number", 65,
      ["train-labels, byte 0", "magic number 2049 is not 2051 (IDX images)"],
      ["--set", #"data.train=["train-labels","train-images"]"#]),
    BadInput(
      "a web page in place of images", 65,
      ["train-images, byte 0", "an HTML page, not an IDX file"]
    ) {
      try $0.write("train-images", Array("<!DOCTYPE html><html>Not found</html>".utf8))
      return nil
    },
    BadInput(
      "a pointer of Git LFS in place of labels", 65,
      ["train-labels, byte 0", "a Git LFS pointer, not an IDX file", "git lfs pull"]
    ) {
      try $0.write(
        "train-labels", Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d\n".utf8))
      return nil
    },
    BadInput(
      "a label out of range", 65,
      ["train-labels, byte 13", "sample 5 has label 9", "num_classes = 10"]
    ) {
      try $0.change("train-labels") { $0[13] = 9 }
      return nil
    },
    BadInput(
      "counts that disagree", 65, ["test-labels, byte 4", "16 labels for the 64 images"],
      ["--set", #"data.train=["train-images","test-labels"]"#]),
    BadInput(
      "images of another size than the model's", 65,
      ["train-images, byte 8", "image_size"], ["--set", "model.image_size=[12,12]"]),
    BadInput("an empty set", 65, ["test-images, byte 4", "the set is empty"]) {
      try $0.write("test-images", [0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 8])
      return nil
    },
    BadInput(
      "a missing file", 65, ["no-images", "no such file"],
      ["--set", #"data.train=["no-images","train-labels"]"#]),
    BadInput(
      "a folder in place of a file", 65, ["images.d: is not a file"],
      ["--set", #"data.train=["images.d","train-labels"]"#]
    ) {
      try $0.write("images.d/file", [])
      return nil
    },
    BadInput(
      "a pipe in place of a file", 65, ["images.pipe: is not a file"],
      ["--set", #"data.train=["images.pipe","train-labels"]"#]
    ) {
      try $0.makePipe("images.pipe")
      return nil
    },
    BadInput(
      "one file where a format takes two", 65, ["data", "train", "idx takes two files"],
      ["--set", #"data.train=["train-images"]"#]),
    BadInput(
      "a file that is not a whole number of CIFAR-10 samples", 65, ["train-images", "byte"],
      [
        "--set", "data.format=cifar10", "--set", #"data.train=["train-images"]"#,
        "--set", #"data.test=["train-images"]"#,
      ]),
    BadInput(
      "a file that is not a shard", 65, ["train-images, byte 0", "this is not a shard"],
      [
        "--set", "data.format=shards", "--set", #"data.train=["train-images"]"#,
        "--set", #"data.test=["train-images"]"#,
      ]),
    BadInput(
      "a training set smaller than a batch", 64,
      ["global_batch_size = 128", "train-images, train-labels", "only 64 samples"],
      ["--set", "train.global_batch_size=128"]),
  ]

  /// Checkpoints, weights and run directories.
  static let checkpoints = [
    BadInput(
      "garbage given to --resume", 65, ["garbage/state.json"], ["--resume", "garbage"]
    ) {
      try $0.write("garbage/state.json", Array(String(repeating: "garbage ", count: 20).utf8))
      return nil
    },
    BadInput(
      "an empty folder given to --resume", 65, ["nothing/state.json", "No such file"],
      ["--resume", "nothing"]
    ) {
      try $0.write("nothing/else", [])
      return nil
    },
    BadInput(
      "a .pth given to --weights", 65, ["model.pth", "only .safetensors is read", "save_file"],
      ["--weights", "model.pth"]
    ) {
      try $0.write("model.pth", Array("PK".utf8))
      return nil
    },
    BadInput(
      "a PyTorch archive under another name", 65, ["model.safetensors", "PyTorch", "save_file"],
      ["--weights", "model.safetensors"]
    ) {
      try $0.write("model.safetensors", Array("PK\u{3}\u{4}and so on".utf8))
      return nil
    },
    BadInput(
      "weights of a model of another size", 65,
      ["other.safetensors: stem.proj.weight has shape [24, 1, 4, 4]", "needs [16, 1, 4, 4]"],
      ["--weights", "other.safetensors"]
    ) {
      try $0.write(
        "other.safetensors", GoodFiles.safetensors("stem.proj.weight", shape: [24, 1, 4, 4]))
      return nil
    },
    BadInput(
      "weights of a model of another kind", 65,
      ["other.safetensors: no tensor is called stem.proj.weight"],
      ["--weights", "other.safetensors"]
    ) {
      try $0.write("other.safetensors", GoodFiles.safetensors("embedding", shape: [3, 4]))
      return nil
    },
    BadInput(
      "weights of a model with other patches", 65,
      ["other.safetensors: stem.proj.weight has patches of 8 × 8 pixels", "model.patch_size"],
      ["--weights", "other.safetensors"]
    ) {
      try $0.write(
        "other.safetensors", GoodFiles.safetensors("stem.proj.weight", shape: [16, 1, 8, 8]))
      return nil
    },
    BadInput(
      "weights of images of unknown size", 65,
      [
        "other.safetensors: blocks.0.mlp_channels.gate.proj.weight has 6 tokens",
        "folder of the run",
      ],
      ["--weights", "other.safetensors"]
    ) {
      try $0.write(
        "other.safetensors",
        GoodFiles.safetensors("blocks.0.mlp_channels.gate.proj.weight", shape: [6, 6]))
      return nil
    },
    BadInput(
      "a run without checkpoints given to --weights", 65, ["empty: holds no valid checkpoint"],
      ["--weights", "empty"]
    ) {
      try $0.write("empty/checkpoints/file", [])
      return nil
    },
    BadInput(
      "a pointer of Git LFS in place of weights", 65,
      ["lfs.safetensors: this is a Git LFS pointer", "git lfs pull"],
      ["--weights", "lfs.safetensors"]
    ) {
      try $0.write(
        "lfs.safetensors", Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d\n".utf8)
      )
      return nil
    },
    BadInput(
      "truncated weights", 65, ["cut.safetensors at byte", "describes 1536 bytes"],
      ["--weights", "cut.safetensors"]
    ) {
      let whole = GoodFiles.safetensors("stem.proj.weight", shape: [24, 1, 4, 4])
      try $0.write("cut.safetensors", whole.dropLast(100))
      return nil
    },
    BadInput(
      "weights that are not numbers", 65, ["new.safetensors: norm.bias is nan at [0]"],
      ["--weights", "new.safetensors", "--partial"]
    ) {
      try $0.write(
        "new.safetensors", GoodFiles.safetensors("norm.bias", shape: [16], value: .nan))
      return nil
    },
    BadInput(
      "missing weights", 65, ["nowhere.safetensors", "No such file"],
      ["--weights", "nowhere.safetensors"]),
    BadInput(
      "a folder given to --weights", 65, ["folder.safetensors: this is not a file"],
      ["--weights", "folder.safetensors"]
    ) {
      try $0.write("folder.safetensors/file", [])
      return nil
    },
    BadInput(
      "a pipe given to --weights", 65, ["weights.safetensors: this is not a file"],
      ["--weights", "weights.safetensors"]
    ) {
      try $0.makePipe("weights.safetensors")
      return nil
    },
    BadInput(
      "a run directory that another run is using", 64, ["run: another run is using", "--run-dir"]
    ) {
      try RunLock("\($0.path)/run")
    },
    BadInput("a run directory that cannot be made", 74, ["run", "--run-dir"]) {
      try $0.write("run", [])
      return nil
    },
  ]
}
