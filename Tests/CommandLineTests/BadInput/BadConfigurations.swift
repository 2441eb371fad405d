extension BadInput {
  /// Configuration files and options that cannot be read or that break a rule.
  static let configurations: [BadInput] = [
    // Names
    .file(
      "mistyped key", "training:\n  epoch: 3\n", "config.yaml:2:3", "\"training.epoch\"",
      "did you mean training.epochs?"),
    .file(
      "mistyped section", "trainning:\n  epochs: 3\n", "config.yaml:1:1", "\"trainning\"",
      "did you mean training?"),
    .file(
      "key of another section", "model:\n  dim: 6\n  epochs: 3\n", "config.yaml:3:3",
      "did you mean training.epochs?"),
    .file(
      "unheard-of key", "model:\n  zzzzzzzzzzzz: 3\n", "config.yaml:2:3", "\"model.zzzzzzzzzzzz\"",
      "htnet train --help"),
    .set(
      "mistyped key in --set", ["training.batchsize=8"], "--set training.batchsize=8",
      "did you mean training.batch_size?"),
    .set("--set without =", ["training.epochs"], "--set training.epochs", "key.path=value"),
    // Types
    .file(
      "text for a whole number", "training:\n  epochs: many\n", "config.yaml:2:11",
      "training.epochs: expected a whole number, found \"many\""),
    .file(
      "fraction for a whole number", "training: {epochs: 1.5}\n", "config.yaml:1:20",
      "a whole number, found \"1.5\""),
    .file(
      "list for a whole number", "training: {epochs: [1]}\n", "config.yaml:1:20",
      "a whole number, found a list"),
    .file(
      "number too large for any", "training: {epochs: 99999999999999999999}\n",
      "a whole number, found \"99999999999999999999\""),
    .file(
      "word for true or false", "training:\n  shuffle: maybe\n", "config.yaml:2:12",
      "training.shuffle: expected true or false, found \"maybe\""),
    .file(
      "number for a list", "model:\n  block_repeats: 3\n", "config.yaml:2:18",
      "a list of whole numbers"),
    .set("text in a list of numbers", ["model.block_repeats=1,x,1"], "a whole number", "\"x\""),
    .file(
      "mistyped protocol", "evaluation:\n  protocols: [last_epoch]\n", "config.yaml:2:15",
      "found \"last_epoch\"",
      "evaluation.protocols", "did you mean last-epoch?"),
    .set(
      "mistyped regions", ["data.regions=publised"], "--set data.regions=publised",
      "did you mean published?"),
    .set("negative seed", ["training.seed=-1"], "from 0 to 2^64 - 1"),
    .set("learning rate that is no number", ["training.learning_rate=nan"], "a number", "\"nan\""),
    // YAML itself
    .file("a bracket without an end", "model: {dim: 6\ntraining: 3", "config.yaml", "is not YAML"),
    .file(
      "a tab as indentation", "model:\n\tdim: 6\n", "config.yaml:2:1", "is not YAML"),
    .file("a list at the top", "- 1\n- 2\n", "config.yaml:1:1", "is not a mapping of sections"),
    .file("text at the top", "hello\n", "config.yaml:1:1", "is not a mapping of sections"),
    .file(
      "a section that is a number", "training: 3\n", "config.yaml:1:11",
      "training: is not a mapping"),
    .file(
      "a key twice", "training:\n  epochs: 1\n  epochs: 2\n", "config.yaml:3:3",
      "the key \"epochs\" stands in line 2 already"),
    .file(
      "two documents", "model: {dim: 6}\n---\nmodel: {dim: 7}\n", "config.yaml:2:1",
      "another document begins"),
    .file(
      "a file too long", String(repeating: "# nothing\n", count: 200_000), "config.yaml",
      "more than 1048576 bytes"),
    .scene("a file that is not text", ["config.yaml:1:2", "is not UTF-8"]) {
      try $0.write(.init([0x6D, 0xFF, 0xFE, 0x00]), to: "config.yaml")
    },
    .scene("no configuration file", ["config.yaml", "there is no such file"]) {
      try $0.remove("config.yaml")
    },
    BadInput("a directory for a configuration", ["data: is a directory"]) { _ in
      ["train", "--config", "data", "--data", "data", "--run", "run"]
    },
    // Nothing where something should be, as an unset shell variable gives it
    .set(
      "an empty list of folds", ["folds.include="], "--set folds.include=: folds.include: is empty",
      "write [] if there is none"),
    .set("no weights in no word", ["training.initial_weights="], "write none if there is none"),
    BadInput("an empty option for data", ["--data: is empty"]) { _ in
      ["train", "--config", "config.yaml", "--data", "", "--run", "run"]
    },
    BadInput("an empty option for the run", ["--run: is empty"]) { _ in
      ["train", "--config", "config.yaml", "--data", "data", "--run", ""]
    },
    BadInput("an empty option for the configuration", ["--config: is empty"]) { _ in
      ["train", "--config", "", "--data", "data", "--run", "run"]
    },
    // Shapes
    .set(
      "a patch that does not divide the image", ["model.patch_size=5"], "model.patch_size", "5",
      "does not divide model.image_size 28"),
    .set(
      "too many levels for the map", ["model.patch_size=14"], "model.hierarchies",
      "3 levels need 4 blocks", "side 2"),
    .set(
      "repeats for another number of levels", ["model.block_repeats=1,1"], "model.block_repeats",
      "has 2 entries, but model.hierarchies is 3"),
    .set(
      "more heads than channels", ["model.heads=7"], "model.heads", "7 heads", "model.dim 6"),
    .set("a dropout of everything", ["model.dropout=1"], "model.dropout", "1.0", "less than 1"),
    .set("a negative dropout", ["model.dropout=-0.1"], "model.dropout", "-0.1"),
    .set("one class", ["model.classes=1"], "model.classes", "1 is not in 2"),
    .set("four channels", ["model.channels=4"], "model.channels", "4, but the data has 3"),
    .set("no channels at all", ["model.dim=0"], "model.dim", "0 is not in 1"),
    .set(
      "doubled beyond all bounds", ["model.dim=60000"], "model.dim",
      "60000 doubled over 3 levels gives 240000"),
    .set(
      "a model larger than the memory",
      ["model.dim=16384", "model.block_repeats=1024,1024,1024"], "model.dim", "weights", "memory"),
    .set(
      "an image that regions do not fit",
      [
        "model.image_size=27", "model.patch_size=9", "model.hierarchies=1", "model.block_repeats=1",
      ],
      "model.image_size", "27 is no multiple of 4"),
    // Training
    .set("no epochs", ["training.epochs=0"], "training.epochs", "0 is not in 1"),
    .set("too many epochs", ["training.epochs=1000001"], "1000001 is not in 1 … 1000000"),
    .set("a negative batch", ["training.batch_size=-8"], "training.batch_size", "-8 is not in 1"),
    .set("a huge batch", ["training.batch_size=65537"], "65537 is not in 1 … 65536"),
    .set(
      "a batch smaller than the shards", ["training.batch_size=3"], "training.batch_size",
      "3 clips", "training.gradient_shards 4"),
    .set(
      "shards that are no power of two", ["training.gradient_shards=6"],
      "training.gradient_shards", "6 is not a power of two"),
    .set(
      "no learning", ["training.learning_rate=0"], "training.learning_rate", "not greater than 0"),
    .set("learning backwards", ["training.learning_rate=-0.1"], "-0.1 is not greater than 0"),
    .set("a huge learning rate", ["training.learning_rate=1e30"], "1e+30", "at most 100"),
    .set(
      "an infinite learning rate", ["training.learning_rate=inf"], "training.learning_rate",
      "a number"),
    .set("no threads", ["training.threads_per_rank=0"], "training.threads_per_rank", "0 is not in"),
    .set(
      "more threads than cores", ["training.threads_per_rank=1000"], "training.threads_per_rank",
      "1000 threads, but this host has"),
    .set(
      "an unknown precision", ["training.precision=bf61"], "training.precision",
      "did you mean bf16?"),
    .set("no protocol", ["evaluation.protocols="], "evaluation.protocols", "is empty"),
    .set(
      "a protocol twice", ["evaluation.protocols=last-epoch,last-epoch"], "evaluation.protocols",
      "twice"),
    // Ranks
    .set("no ranks", ["cluster.ranks_per_fold=0"], "cluster.ranks_per_fold", "0 is less than 1"),
    .set(
      "more ranks a fold than shards", ["cluster.ranks_per_fold=5"], "cluster.ranks_per_fold",
      "5 ranks cannot share training.gradient_shards 4"),
    .set(
      "more ranks a fold than ranks", ["cluster.ranks_per_fold=4"], "cluster.ranks_per_fold",
      "4 ranks a fold, but the job has 1"),
    .set(
      "a dedicated coordinator alone", ["cluster.dedicated_coordinator=true"],
      "cluster.dedicated_coordinator", "at least 2 ranks"),
  ]
}
