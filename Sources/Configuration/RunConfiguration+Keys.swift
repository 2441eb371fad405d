import Datasets
import Digest
import Evaluation
import Foundation
import Wording

extension RunConfiguration {
  /// Every key, in the order in which a resolved configuration lists them.
  public static let keys: [ConfigurationKey] = [
    .text(
      "data.path", \.data.path, "the data's directory; of a manifest also the table itself",
      placement: true),
    .choice(
      "data.format", \.data.format,
      "layout of the data: "
        + DataFormat.allCases.map { "\($0.rawValue) (\($0.explanation))" }.joined(separator: ", ")
    ).ofRun,
    .choice(
      "data.regions", \.data.regions, "how the input is composed: published, corrected or whole"),
    .choice(
      "data.scaling", \.data.scaling,
      "raw: samples of 0 to 255; standard: mean 0 and deviation 1 over each fold's training clips; clip: "
        + "for each clip by itself"),
    .textOrNone(
      "data.landmarks", none: "auto", \.data.landmarks,
      "file in data.path; auto: landmarks.csv, or the default points"),
    .texts(
      "data.class_names", \.data.classNames,
      "what the classes are called, in the order of the labels; []: as the data call them"
    ).ofRun,
    .textOrNone(
      "data.dataset", none: "auto", \.data.dataset,
      "dataset of a manifest without such a column; auto: its directory's name"
    ).ofRun,
    .texts(
      "data.columns", \.data.columns,
      "a manifest's columns that have other names, as [label=emotion]"
    ).ofRun,
    .whole("model.image_size", \.model.imageSize, "side of the input image, in pixels"),
    .whole("model.patch_size", \.model.patchSize, "side of a patch, in pixels"),
    .whole("model.channels", \.model.channels, "input channels").ofRun,
    .whole("model.dim", \.model.dim, "channels of the first level; doubled at each further one"),
    .whole(
      "model.heads", \.model.heads,
      "attention heads of the first level; doubled likewise. Attention over one token a block, as in "
        + "the paper's shape, does not depend on their number"),
    .whole("model.hierarchies", \.model.hierarchies, "number of levels"),
    .wholes(
      "model.block_repeats", \.model.blockRepeats, "transformer blocks of each level, a list"),
    .whole("model.mlp_multiple", \.model.mlpMultiple, "width of a block's MLP over its channels"),
    .number("model.dropout", \.model.dropout, "probability of dropping a value while training"),
    .whole("model.classes", \.model.classes, "number of classes").ofRun,
    .whole("training.epochs", \.training.epochs, "passes over the training clips"),
    .whole(
      "training.batch_size", \.training.batchSize, "clips of one step, over all ranks that share it"
    ),
    .number("training.learning_rate", \.training.learningRate, "the optimizer's step size"),
    .choice(
      "training.optimizer", \.training.optimizer,
      "adam, or adamw: with decoupled weight decay"),
    .number(
      "training.weight_decay", \.training.weightDecay,
      "of adamw: weights are multiplied by 1 - step size x this before each update"),
    .choices(
      "training.no_decay", \.training.noDecay,
      "what does not decay: weights, norms, biases, positions"),
    .choice(
      "training.schedule", \.training.schedule,
      "the step size over the training: constant, cosine, or step"),
    .whole(
      "training.warmup_epochs", \.training.warmupEpochs,
      "epochs in which the step size grows evenly to its full size; 0: none"),
    .number(
      "training.schedule_floor", \.training.scheduleFloor,
      "of cosine: the share of the step size that it ends at"),
    .whole("training.step_epochs", \.training.stepEpochs, "of step: epochs between two steps"),
    .number(
      "training.step_factor", \.training.stepFactor, "of step: what the step size is multiplied by"),
    .number(
      "training.label_smoothing", \.training.labelSmoothing,
      "share of each label that is spread over all classes; 0: none"),
    .classWeights(
      "training.class_weights", \.training.classWeights,
      "how much each class counts in the loss: none (alike), balanced (by its rarity), or a number a "
        + "class, as [1, 2, 2]"),
    .number(
      "training.clip_norm", \.training.clipNorm,
      "longest gradient of a step; a longer one is shortened to it; 0: none"),
    .number(
      "training.ema", \.training.ema,
      "decay of a moving average of the weights, which begins at the initial weights and is tested and "
        + "kept instead; 0: none"),
    .whole(
      "training.early_end_epochs", \.training.earlyEndEpochs,
      "a fold ends when its training loss has not improved for so many epochs; 0: never"),
    .number(
      "training.early_end_delta", \.training.earlyEndDelta,
      "by what share of the best loss so far it must be lower to have improved"),
    .flag(
      "training.shuffle", \.training.shuffle, "whether each epoch draws a new order of the clips"),
    .seed("training.seed", \.training.seed, "seed of initial weights, batch order and dropout")
      .ofRun,
    .seeds(
      "training.seeds", \.training.seeds,
      "seeds that every fold is trained with, each as a run of its own; []: training.seed alone"
    ).ofExtent,
    .whole(
      "training.gradient_shards", \.training.gradientShards,
      "parts of a batch, whose gradients are added as a binary tree; a power of two"),
    .choice(
      "training.precision", \.training.precision,
      "of products: float32, or bf16 on CPUs that have it"),
    .wholeOrAuto(
      "training.threads_per_rank", \.training.threadsPerRank,
      "threads of each rank; auto: the cores that it may use",
      placement: true),
    .textOrNone(
      "training.initial_weights", none: "none", \.training.initialWeights,
      "safetensors file that every fold starts from"
    ).ofRun,
    .flag(
      "training.keep_weights", \.training.keepWeights,
      "whether each fold's final weights are kept, as safetensors", placement: true),
    .flag(
      "training.retry_failed", \.training.retryFailed,
      "whether folds that failed in an earlier job are trained again", placement: true),
    .number(
      "augmentation.mirror", \.augmentation.mirror,
      "probability that a training clip is mirrored: sides change places, horizontal flow its sign"),
    .whole(
      "augmentation.shift", \.augmentation.shift,
      "largest shift of each region's pixels in each direction; 0: none"),
    .number(
      "augmentation.motion", \.augmentation.motion,
      "largest relative change of the motion's size, as 0.2; 0: none"),
    .number(
      "augmentation.noise", \.augmentation.noise,
      "deviation of noise that is added to samples of 0 to 255; 0: none"),
    .number(
      "augmentation.mixup", \.augmentation.mixup,
      "alpha of mixup: pairs of clips and labels are mixed by a share of Beta(alpha, alpha); 0: none"
    ),
    .number(
      "augmentation.still", \.augmentation.still,
      "the sample of a flow channel that means no motion; 127.5 is right for the release"),
    .whole(
      "augmentation.horizontal_channel", \.augmentation.horizontalChannel,
      "the channel of the horizontal flow, from 0"),
    .choices(
      "evaluation.protocols", \.evaluation.protocols,
      "which epoch's model is scored: "
        + EvaluationProtocol.allCases.map { "\($0.rawValue) (\($0.explanation))" }
        .joined(separator: ", ")
    ).ofRun,
    .whole(
      "evaluation.nested.splits", \.evaluation.nested.splits,
      "of nested: how many times training subjects are held out; each is one more training"
    ).ofRun,
    .wholeOrAuto(
      "evaluation.nested.subjects", \.evaluation.nested.subjects,
      "of nested: subjects held out each time; auto: a fifth of the training subjects"
    ).ofRun,
    .flag(
      "evaluation.nested.refit", \.evaluation.nested.refit,
      "of nested: whether the scored model has trained on all training subjects; false: the mean of "
        + "those that held some out"
    ).ofRun,
    .whole(
      "checkpoint.every_seconds", \.checkpoint.everySeconds,
      "seconds between two checkpoints of a running fold; 0: as often as they can be written",
      placement: true),
    .whole(
      "checkpoint.keep", \.checkpoint.keep, "checkpoints kept of a running fold",
      placement: true),
    .whole(
      "checkpoint.compression_level", \.checkpoint.compressionLevel,
      "zstd's level, 1 … 19; more than 1 is slow and saves little", placement: true),
    .flag(
      "checkpoint.delta", \.checkpoint.delta,
      "whether most checkpoints hold the difference to a full one: smaller, but more memory",
      placement: true),
    .flag(
      "metrics.tensorboard", \.metrics.tensorBoard,
      "whether each training has an event file for TensorBoard, below tensorboard/ of the run",
      placement: true),
    .wholeOrAuto(
      "cluster.ranks_per_fold", \.cluster.ranksPerFold,
      "ranks that train one fold together; auto: as the folds need it, changing while the job runs",
      placement: true),
    .flag(
      "cluster.dedicated_coordinator", \.cluster.dedicatedCoordinator,
      "whether rank 0 only coordinates, and does not train", placement: true),
    .whole(
      "cluster.stall_seconds", \.cluster.stallSeconds,
      "seconds without a word of a rank after which the job ends; more than a step takes",
      placement: true),
    .choice(
      "splits.by", \.splits.by,
      "who is left out together: each subject, each dataset, or each of splits.groups groups of "
        + "subjects"
    ).ofRun,
    .whole(
      "splits.groups", \.splits.groups, "groups of splits.by groups, alike in datasets and classes"
    ).ofRun,
    .seed("splits.seed", \.splits.seed, "seed that draws these groups").ofRun,
    .texts(
      "folds.include", \.folds.include,
      "folds that run, by whom they leave out: 006 or samm/006, a dataset, group-1; []: all of them"
    ).ofRun,
    .texts("folds.exclude", \.folds.exclude, "folds that do not run").ofRun,
  ]

  static func key(_ path: String) -> ConfigurationKey? { keys.first { $0.path == path } }

  /// What is said of a key that does not exist.
  static func unknown(_ path: String) -> String {
    let paths = keys.map(\.path)
    let name = path.split(separator: ".").last.map(String.init) ?? path
    let nearest =
      keys.first { $0.name == name }?.path ?? Spelling.nearest(to: path, among: paths)
      ?? Spelling.nearest(to: name, among: keys.map(\.name)).flatMap { name in
        keys.first { $0.name == name }?.path
      }
    return "there is no key \"\(path)\""
      + (nearest.map { "; did you mean \($0)?" } ?? "; `htnet train --help` lists the keys")
  }

  /// The whole configuration as YAML: every key, in order, and the study if there is one; it reads back
  /// as the same.
  public var yaml: String {
    var text = ""
    var open: [Substring] = []
    for key in Self.keys {
      let parts = key.path.split(separator: ".")
      for (depth, part) in parts.dropLast().enumerated()
      where open.count <= depth || open[depth] != part || open.prefix(depth) != parts.prefix(depth)
      {
        open = Array(parts.prefix(depth + 1))
        text += String(repeating: "  ", count: depth) + "\(part):\n"
      }
      text +=
        String(repeating: "  ", count: parts.count - 1)
        + "\(parts[parts.count - 1]): \(key.write(self))\n"
    }
    return text + study.yaml
  }

  /// SHA-256 over all that decides a fold's numbers besides data and split: what its checkpoints belong
  /// to. Keys at their defaults do not count, so that a new key changes nothing.
  ///
  /// - Parameter initialWeightsSHA256: Of the file that the fold started from; nil: weights were drawn.
  public func resultSHA256(initialWeightsSHA256: String?) -> String {
    let defaults = RunConfiguration()
    let keys = Self.keys.filter {
      ($0.role == .training || $0.role == .run) && $0.write(self) != $0.write(defaults)
    }
    let text = keys.map { "\($0.path): \($0.write(self))\n" }.joined()
    return SHA256.hexadecimal(of: Data((text + (initialWeightsSHA256 ?? "")).utf8))
  }

  /// The keys whose values decide results and differ between this and another configuration, but for
  /// those that may grow.
  public func differences(from other: RunConfiguration) -> [(
    key: String, mine: String, other: String
  )] {
    Self.keys.filter {
      ($0.role == .training || $0.role == .run) && $0.write(self) != $0.write(other)
    }.map {
      ($0.path, $0.write(self), $0.write(other))
    }
  }

  /// A table of all keys with their defaults, for `--help`.
  public static var help: String {
    let defaults = RunConfiguration()
    return keys.map { key in
      let value = key.path == "data.path" ? "(none)" : key.write(defaults)
      return "  \(key.path) = \(value)\n      \(key.summary)"
    }.joined(separator: "\n")
  }
}
