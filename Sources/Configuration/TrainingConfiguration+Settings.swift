import Datasets
import Imaging
import Model

extension DatasetFormat: NamedSetting {}
extension InterpolationChoice: NamedSetting {}
extension RandomErasing.Fill: NamedSetting {}
extension Mixing.Mode: NamedSetting {}
extension ReductionKind: NamedSetting {}
extension ReplicaCheckKind: NamedSetting {}
extension Precision: NamedSetting {}
extension ProductChoice: NamedSetting {}
extension OptimizerKind: NamedSetting {}
extension LearningRateSchedule.Kind: NamedSetting {}
extension InputKind: NamedSetting {}
extension ModelKind: NamedSetting {}
extension Positions: NamedSetting {}
extension SpatialFunction: NamedSetting {}
extension StochasticDepthRule: NamedSetting {}
extension TaskKind: NamedSetting {}
extension SequencePooling: NamedSetting {}

extension TrainingConfiguration {
  /// Every key of the configuration, in the order of the file.
  ///
  /// The one list that reading, writing, `--set`, the digest and the documentation are made from.
  public static let settings: [Setting] = [
    Setting("seed", \.seed, .identity, "seed of all random numbers"),

    Setting(
      "model.kind", \.model.kind, .identity,
      "kind of blocks: gmlp (aMLP if attention_size > 0), transformer, mixer or resmlp"),
    Setting("model.input", \.model.input, .identity, "images or text"),
    Setting("model.image_size", \.model.imageSize, .identity, "rows, columns"),
    Setting("model.channels", \.model.channels, .identity, "1 for grey, 3 for colour"),
    Setting("model.patch_size", \.model.patchSize, .identity, "rows, columns of a patch"),
    Setting(
      "model.vocabulary_size", \.model.vocabularySize, .identity, "pieces of the vocabulary of text"
    ),
    Setting(
      "model.sequence_length", \.model.sequenceLength, .identity, "tokens of a sequence of text"),
    Setting(
      "model.predictions_per_sequence", \.model.predictionsPerSequence, .identity,
      "hidden tokens to predict per sequence; 0: 15 % of the tokens"),
    Setting("model.d_model", \.model.dModel, .identity, "channels of a token"),
    Setting("model.d_ffn", \.model.dFFN, .identity, "channels inside a block, before the split"),
    Setting("model.num_layers", \.model.numLayers, .identity, "blocks"),
    Setting("model.num_classes", \.model.numClasses, .identity, "classes of images, or of texts"),
    Setting(
      "model.survival_probability", \.model.survivalProbability, .identity,
      "stochastic depth: probability of keeping a residual branch; 1: always"),
    Setting(
      "model.stochastic_depth", \.model.stochasticDepth, .identity,
      "constant: the same in all blocks; linear: from 1 in the first block to survival_probability in the last"
    ),
    Setting(
      "model.dropout", \.model.dropout, .identity,
      "share of a branch's output, and of attention, that training drops"),
    Setting(
      "model.output_scale", \.model.outputScale, .identity,
      "factor of the initial values of each branch's last linear layer"),
    Setting(
      "model.spatial_function", \.model.spatialFunction, .identity,
      "how tokens are mixed: split (the gMLP of the paper), multiplicative, additive, linear"),
    Setting(
      "model.toeplitz", \.model.toeplitz, .identity,
      "mix tokens by their distance alone: 2 n - 1 weights instead of n²"),
    Setting(
      "model.attention_size", \.model.attentionSize, .identity,
      "width of the tiny attention of aMLP, added to the gate; 0: none"),
    Setting("model.d_token", \.model.dToken, .identity, "width of a Mixer's layer over the tokens"),
    Setting("model.num_heads", \.model.numHeads, .identity, "heads of a Transformer's attention"),
    Setting(
      "model.positions", \.model.positions, .identity,
      "Transformer: none, learned (vector per place), relative (number per head and distance), rotary"
    ),
    Setting(
      "model.class_token", \.model.classToken, .identity,
      "a learned token from which a Transformer reads the class of an image"),
    Setting(
      "model.post_norm", \.model.postNorm, .identity,
      "Transformer: normalise after the residual additions (post-norm)"),
    Setting(
      "model.padding_token", \.model.paddingToken, .identity,
      "token that fills up text, which a Transformer's attention and the mean of tokens ignore; -1: none"
    ),
    Setting(
      "model.mask_padding", \.model.maskPadding, .identity,
      "gMLP, aMLP, Mixer: leave padding out where tokens are mixed; false: as in the paper"),
    Setting(
      "model.segments", \.model.segments, .identity,
      "learned vectors, 0 at first, distinguish tokens after the first separator of text from the others"
    ),
    Setting(
      "model.separator_token", \.model.separatorToken, .identity,
      "token between two texts; -1: none"),
    Setting(
      "model.output_bias", \.model.outputBias, .identity, "a bias of the logits of hidden tokens"),

    Setting(
      "task.kind", \.model.task.kind, .identity,
      "auto: the class of an image, or hidden tokens of text; classification; spans (text)"),
    Setting(
      "task.pooling", \.model.task.pooling, .identity,
      "the class of a text is read from its first token, or from the mean of all but padding"),
    Setting(
      "task.dropout", \.model.task.dropout, .identity,
      "share of channels that training drops before the classifier of texts"),

    Setting("data.format", \.data.format, .changeable, "format of the data files"),
    Setting("data.train", \.data.train, .changeable, "files of the training set"),
    Setting("data.test", \.data.test, .changeable, "files of the test set"),
    Setting(
      "data.labels", \.data.labels, .changeable,
      "file with the classes of pictures that are in no class folder: name, comma, class"),
    Setting(
      "data.exif_orientation", \.data.exifOrientation, .identity,
      "turn and mirror pictures as EXIF says, before anything else"),
    Setting(
      "data.mean", \.data.mean, .identity, "mean of pixels in 0...1: one, or one per channel"),
    Setting("data.std", \.data.std, .identity, "their standard deviation: one, or one per channel"),
    Setting(
      "data.whole_words", \.data.wholeWords, .identity,
      "hide all tokens of a word of text together"),
    Setting("data.verify", \.data.verify, .changeable, "check the digests of shards at the start"),

    Setting("train.epochs", \.train.epochs, .identity, "passes over the training set"),
    Setting("train.steps", \.train.steps, .identity, "total steps; 0: as many as the epochs make"),
    Setting("train.global_batch_size", \.train.globalBatchSize, .identity, "samples per step"),
    Setting(
      "train.micro_batch_size", \.train.microBatchSize, .identity,
      "samples per micro-batch, the unit of work; divides global_batch_size"),
    Setting(
      "train.sub_batch_size", \.train.subBatchSize, .changeableIfPortable,
      "samples that go through the layers together; 0: automatic"),
    Setting(
      "train.interleaved_samples", \.train.interleavedSamples, .changeable,
      "samples that a worker interleaves through the layers; hides a slow network, costs memory"),
    Setting(
      "train.label_smoothing", \.train.labelSmoothing, .identity,
      "probability spread evenly over all classes"),
    Setting(
      "train.ema_decay", \.train.emaDecay, .identity, "decay of the averaged weights; 0: none"),
    Setting(
      "train.ema_warmup", \.train.emaWarmup, .identity,
      "the decay of update t is at most (1 + t) / (10 + t), with \"timm\" 1 - t^(-2/3): short runs need it"
    ),
    Setting(
      "train.precision", \.train.precisionChoice, .identity,
      "fp32; bf16: activations and operands in bf16, sums in fp32; auto: the faster one"
    ),
    Setting(
      "train.products", \.train.products, .identity,
      "matrix products: portable (same bits everywhere), openblas, onednn; auto chooses once"
    ),
    Setting("train.threads", \.train.threads, .changeable, "worker threads per rank"),
    Setting(
      "train.reduction", \.train.reduction, .identity,
      "ordered: same bits on any number of ranks; mpi: MPI_Allreduce"),
    Setting(
      "train.wire_precision", \.train.wirePrecision, .identity,
      "gradients sent between ranks: fp32; bf16: half the bytes, bits that depend on the ranks"),
    Setting(
      "train.shared_memory", \.train.sharedMemory, .changeable,
      "ranks of a host share gradients in memory; false: messages"),
    Setting(
      "train.bucket_mb", \.train.bucketMB, .changeable, "megabytes of gradient exchanged at once"),
    Setting(
      "train.checkpoint_every", \.train.checkpointEvery, .changeable,
      "steps between checkpoints; 0: only at the end"),
    Setting(
      "train.evaluate_every", \.train.evaluateEvery, .changeable,
      "steps between evaluations; 0: at the end of each epoch"),
    Setting(
      "train.keep", \.train.keep, .changeable,
      "how many of the newest checkpoints to keep, at least 2"),
    Setting(
      "train.balance", \.train.balance, .changeable,
      "move micro-batches from slow workers to fast ones; same bits"),
    Setting(
      "train.replica_check", \.train.replicaCheck, .changeable,
      "weights that changed in a rank's memory: repair, stop, or off"),
    Setting(
      "train.max_skipped_steps", \.train.maxSkippedSteps, .changeable,
      "maximum consecutive steps skipped because of non-finite numbers"),
    Setting(
      "train.spike_guard", \.train.spikeGuard, .identity,
      "skip steps whose loss is this many standard deviations above the mean; 0: none"),
    Setting(
      "train.hang_timeout", \.train.hangTimeout, .changeable,
      "seconds without progress after which a rank counts as hung (at least); 0: never"),
    Setting(
      "train.time_limit", \.train.timeLimit, .changeable,
      "minutes within which the run saves and stops; 0: none"),
    Setting(
      "train.record_digests", \.train.recordDigests, .changeable,
      "record a digest of each rank's gradient sums, for replay"),

    Setting(
      "optimizer.kind", \.optimizer.kind, .identity, "adamw, sgd, or lamb (for large batches)"),
    Setting("optimizer.learning_rate", \.optimizer.learningRate, .identity, "peak learning rate"),
    Setting(
      "optimizer.weight_decay", \.optimizer.weightDecay, .identity,
      "decoupled (sgd: added to the gradient, lamb: part of the step); not for biases and norms"
    ),
    Setting("optimizer.beta1", \.optimizer.beta1, .identity, "decay of the mean of gradients"),
    Setting("optimizer.beta2", \.optimizer.beta2, .identity, "decay of the mean of their squares"),
    Setting("optimizer.epsilon", \.optimizer.epsilon, .identity, "added to the denominator"),
    Setting("optimizer.momentum", \.optimizer.momentum, .identity, "of sgd; 0: none"),
    Setting("optimizer.nesterov", \.optimizer.nesterov, .identity, "sgd with Nesterov's momentum"),
    Setting(
      "optimizer.frozen", \.optimizer.frozen, .identity,
      "tensors that do not learn, by patterns of their names, as in [\"stem.*\", \"blocks.0.*\"]"),
    Setting(
      "optimizer.rate_factors", \.optimizer.rateFactors, .identity,
      "factors of the rate by tensor names, as in [\"*bias*=8\", \"head.*=10\"]; the last match counts"
    ),
    Setting(
      "optimizer.decay_factors", \.optimizer.decayFactors, .identity,
      "weight decay factors by tensor names, in the same syntax; only for tensors that decay"),
    Setting(
      "optimizer.layer_decay", \.optimizer.layerDecay, .identity,
      "factor of the rate for each layer below the head; 1: none"),
    Setting(
      "optimizer.grad_clip", \.optimizer.gradClip, .identity,
      "largest global norm of the gradient; 0: no limit"),

    Setting("schedule.kind", \.schedule.kind, .identity, "shape after the warm-up"),
    Setting("schedule.warmup_steps", \.schedule.warmupSteps, .identity, "linear warm-up"),
    Setting(
      "schedule.warmup_epochs", \.schedule.warmupEpochs, .identity,
      "linear warm-up in epochs; above 0 it counts instead of warmup_steps"),
    Setting(
      "schedule.warmup_share", \.schedule.warmupShare, .identity,
      "linear warm-up as a share of all steps; above 0 it counts instead of warmup_steps"),
    Setting(
      "schedule.minimum_learning_rate", \.schedule.minimumLearningRate, .identity,
      "learning rate of the last step"),

    Setting(
      "augment.crop_padding", \.augment.cropPadding, .identity,
      "zeros around an image before a random crop of its size"),
    Setting(
      "augment.horizontal_flip", \.augment.horizontalFlip, .identity,
      "mirror images left to right at random, with probability one half"),
    Setting(
      "augment.crop_fraction", \.augment.cropFraction, .identity,
      "share of a resized picture's short side that evaluation keeps; 0: 0.875 above 64 pixels, else 1"
    ),
    Setting(
      "augment.interpolation", \.augment.interpolation, .identity,
      "how pictures are resized, as Pillow does it: bilinear, bicubic; random draws one of them in training"
    ),
    Setting(
      "augment.random_resized_crop", \.augment.randomResizedCrop, .identity,
      "train on a part of random size and shape, resized"),
    Setting(
      "augment.crop_scale", \.augment.cropScale, .identity,
      "smallest and largest share of a picture's area that such a part has"),
    Setting(
      "augment.crop_ratio", \.augment.cropRatio, .identity,
      "its smallest and largest ratio of width to height"),
    Setting(
      "augment.policy", \.augment.policy, .identity,
      "policy: none, original or v0 (AutoAugment), or RandAugment such as rand-m9-mstd0.5-inc1"
    ),
    Setting(
      "augment.color_jitter", \.augment.colorJitter, .identity,
      "how far brightness, contrast, saturation change; not with a policy"),
    Setting(
      "augment.erasing", \.augment.erasing, .identity,
      "probability of erasing a rectangle of the image"),
    Setting(
      "augment.erasing_mode", \.augment.erasingMode, .identity,
      "by zeros (const), or noise for a channel (rand) or a pixel"),
    Setting(
      "augment.mixup", \.augment.mixup, .identity, "α of Mixup within a micro-batch; 0: none"),
    Setting(
      "augment.cutmix", \.augment.cutmix, .identity, "α of CutMix within a micro-batch; 0: none"),
    Setting(
      "augment.switch", \.augment.switchProbability, .identity,
      "probability of CutMix if both are on"),
    Setting(
      "augment.mixing", \.augment.mixing, .identity,
      "which images share one random draw: the micro-batch (batch), pairs (pair), none (elem)"),
    Setting(
      "augment.repeats", \.augment.repeats, .identity,
      "repeated augmentation: times in a row that an image is seen, augmented differently each time"
    ),

    Setting(
      "log.tensorboard", \.log.tensorBoard, .changeable,
      "write event files for TensorBoard into the run directory while training"),
  ]
}
