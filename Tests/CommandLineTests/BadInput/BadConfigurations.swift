extension BadInput {
  /// Configuration files and options that cannot be read or that break a rule.
  static let configurations: [BadInput] = [
    // Names
    .file(
      "mistyped key", "training:\n  epoch: 3\n",
      "config.yaml:2:3: there is no key \"training.epoch\"; did you mean training.epochs?"),
    .file(
      "mistyped section", "trainning:\n  epochs: 3\n",
      "config.yaml:1:1: there is no section \"trainning\"; the sections are augmentation, "
        + "checkpoint, cluster, data, evaluation, folds, metrics, model, splits, training, study; did you mean training?"
    ),
    .file(
      "key of another section", "model:\n  dim: 6\n  epochs: 3\n",
      "config.yaml:3:3: there is no key \"model.epochs\"; did you mean training.epochs?"),
    .file(
      "unheard-of key", "model:\n  zzzzzzzzzzzz: 3\n",
      "config.yaml:2:3: there is no key \"model.zzzzzzzzzzzz\"; `htnet train --help` lists the "
        + "keys"),
    .set(
      "mistyped key in --set", ["training.batchsize=8"],
      "--set training.batchsize=8: there is no key \"training.batchsize\"; did you mean "
        + "training.batch_size?"),
    .set(
      "--set without =", ["training.epochs"],
      "--set training.epochs: is not of the form key.path=value"),
    // Types
    .file(
      "text for a whole number", "training:\n  epochs: many\n",
      "config.yaml:2:11: training.epochs: expected a whole number, found \"many\""),
    .file(
      "fraction for a whole number", "training: {epochs: 1.5}\n",
      "config.yaml:1:20: training.epochs: expected a whole number, found \"1.5\""),
    .file(
      "list for a whole number", "training: {epochs: [1]}\n",
      "config.yaml:1:20: training.epochs: expected a whole number, found a list"),
    .file(
      "number too large for any", "training: {epochs: 99999999999999999999}\n",
      "config.yaml:1:20: training.epochs: expected a whole number, found \"99999999999999999999\""),
    .file(
      "word for true or false", "training:\n  shuffle: maybe\n",
      "config.yaml:2:12: training.shuffle: expected true or false, found \"maybe\""),
    .file(
      "number for a list", "model:\n  block_repeats: 3\n",
      "config.yaml:2:18: model.block_repeats: expected a list of whole numbers, such as [a, "
        + "b], found \"3\""),
    .set(
      "text in a list of numbers", ["model.block_repeats=1,x,1"],
      "--set model.block_repeats=1,x,1: model.block_repeats: expected a whole number, found \"x\""),
    .file(
      "mistyped protocol", "evaluation:\n  protocols: [last_epoch]\n",
      "config.yaml:2:15: evaluation.protocols: expected last-epoch or nested or best-on-test, found "
        + "\"last_epoch\"; did you mean last-epoch?"),
    .set(
      "mistyped regions", ["data.regions=publised"],
      "--set data.regions=publised: data.regions: expected published or corrected or whole, "
        + "found \"publised\"; did you mean published?"),
    .set(
      "negative seed", ["training.seed=-1"],
      "--set training.seed=-1: training.seed: expected a whole number from 0 to 2^64 - 1, "
        + "found \"-1\""),
    .set(
      "learning rate that is no number", ["training.learning_rate=nan"],
      "--set training.learning_rate=nan: training.learning_rate: expected a number, found \"nan\""),
    // YAML itself
    .file(
      "a bracket without an end", "model: {dim: 6\ntraining: 3",
      "config.yaml:2:9: is not YAML: did not find expected ',' or '}'"),
    .file(
      "a tab as indentation", "model:\n\tdim: 6\n",
      "config.yaml:2:1: is not YAML: found character that cannot start any token"),
    .file(
      "a list at the top", "- 1\n- 2\n",
      "config.yaml:1:1: is not a mapping of sections such as \"training:\""),
    .file(
      "text at the top", "hello\n",
      "config.yaml:1:1: is not a mapping of sections such as \"training:\""),
    .file(
      "a section that is a number", "training: 3\n",
      "config.yaml:1:11: training: is not a mapping of keys to values"),
    .file(
      "a key twice", "training:\n  epochs: 1\n  epochs: 2\n",
      "config.yaml:3:3: the key \"epochs\" stands in line 2 already"),
    .file(
      "two documents", "model: {dim: 6}\n---\nmodel: {dim: 7}\n",
      "config.yaml:2:1: another document begins: a configuration is one"),
    .file(
      "a file too long", String(repeating: "# nothing\n", count: 200_000),
      "config.yaml: has more than 1048576 bytes"),
    .scene("a file that is not text", "config.yaml:1:2: is not UTF-8 text") {
      try $0.write(.init([0x6D, 0xFF, 0xFE, 0x00]), to: "config.yaml")
    },
    .scene(
      "no configuration file",
      "config.yaml: there is no such file; configs/ holds some to start from"
    ) {
      try $0.remove("config.yaml")
    },
    BadInput("a directory for a configuration", "data: is a directory, not a YAML file") { _ in
      ["train", "--config", "data", "--data", "data", "--run", "run"]
    },
    // Nothing where something should be, as an unset shell variable gives it
    .set(
      "an empty list of folds", ["folds.include="],
      "--set folds.include=: folds.include: is empty; write [] if there is none"),
    .set(
      "no weights in no word", ["training.initial_weights="],
      "--set training.initial_weights=: training.initial_weights: is empty; write none if "
        + "there is none"),
    .file(
      "an empty name of weights", "training: {initial_weights: \"\"}\n",
      "config.yaml:1:29: training.initial_weights: is empty; write none if there is none"),
    .file(
      "a line's end in a path", "training: {initial_weights: \"a\\nb\"}\n",
      "config.yaml:1:29: training.initial_weights: holds the control character U+000A; leave "
        + "it out"),
    BadInput("an empty option for data", "--data: is empty: name a path, or leave the option out") {
      _ in
      ["train", "--config", "config.yaml", "--data", "", "--run", "run"]
    },
    BadInput("an empty option for the run", "--run: is empty: name a path, or leave the option out")
    { _ in
      ["train", "--config", "config.yaml", "--data", "data", "--run", ""]
    },
    BadInput(
      "an empty option for the configuration",
      "--config: is empty: name a path, or leave the option out"
    ) { _ in
      ["train", "--config", "", "--data", "data", "--run", "run"]
    },
    // Shapes
    .set(
      "a patch that does not divide the image", ["model.patch_size=5"],
      "--set model.patch_size=5: model.patch_size: 5 does not divide model.image_size 28"),
    .set(
      "too many levels for the map", ["model.patch_size=14"],
      "model.hierarchies: 3 levels need 4 blocks a side, which do not divide the feature map's "
        + "side 2 (model.image_size 28 / model.patch_size 14)"),
    .set(
      "repeats for another number of levels", ["model.block_repeats=1,1"],
      "--set model.block_repeats=1,1: model.block_repeats: has 2 entries, but "
        + "model.hierarchies is 3: one entry a level"),
    .set(
      "more heads than channels", ["model.heads=7"],
      "--set model.heads=7: model.heads: 7 heads do not fit in model.dim 6: at most one a "
        + "channel"),
    .set(
      "a dropout of everything", ["model.dropout=1"],
      "--set model.dropout=1: model.dropout: 1.0 is not at least 0 and less than 1"),
    .set(
      "a negative dropout", ["model.dropout=-0.1"],
      "--set model.dropout=-0.1: model.dropout: -0.1 is not at least 0 and less than 1"),
    .set(
      "one class", ["model.classes=1"],
      "--set model.classes=1: model.classes: 1 is not in 2 … 65536"),
    .set(
      "four channels", ["model.channels=4"],
      "--set model.channels=4: model.channels: 4, but images of data.format release have 3: blue (strain), green (vertical flow), red (horizontal flow)"
    ),
    .set(
      "no channels at all", ["model.dim=0"], "--set model.dim=0: model.dim: 0 is not in 1 … 65536"),
    .set(
      "doubled beyond all bounds", ["model.dim=60000"],
      "--set model.dim=60000: model.dim: 60000 doubled over 3 levels gives 240000 channels, "
        + "more than 65536"),
    .set(
      "a model larger than the memory",
      ["model.dim=16384", "model.block_repeats=1024,1024,1024"],
      "model.dim: the model has 69293159907334 weights; with their gradient a rank needs at "
        + "least 554345.3 GB, and this host has N GB of memory for 1 of them: lower model.dim, "
        + "model.block_repeats or model.mlp_multiple"),
    .set(
      "an image that regions do not fit",
      [
        "model.image_size=27", "model.patch_size=9", "model.hierarchies=1", "model.block_repeats=1",
      ],
      "--set model.image_size=27: model.image_size: 27 is no multiple of 4, which data.regions "
        + "published needs"),
    // Training
    .set(
      "no epochs", ["training.epochs=0"],
      "--set training.epochs=0: training.epochs: 0 is not in 1 … 1000000"),
    .set(
      "too many epochs", ["training.epochs=1000001"],
      "--set training.epochs=1000001: training.epochs: 1000001 is not in 1 … 1000000"),
    .set(
      "a negative batch", ["training.batch_size=-8"],
      "--set training.batch_size=-8: training.batch_size: -8 is not in 1 … 65536"),
    .set(
      "a huge batch", ["training.batch_size=65537"],
      "--set training.batch_size=65537: training.batch_size: 65537 is not in 1 … 65536"),
    .set(
      "a batch smaller than the shards", ["training.batch_size=3"],
      "--set training.batch_size=3: training.batch_size: 3 clips do not fill "
        + "training.gradient_shards 4: each shard needs one"),
    .set(
      "shards that are no power of two", ["training.gradient_shards=6"],
      "--set training.gradient_shards=6: training.gradient_shards: 6 is not a power of two in "
        + "1 … 1024"),
    .set(
      "no learning", ["training.learning_rate=0"],
      "--set training.learning_rate=0: training.learning_rate: 0.0 is not greater than 0 and "
        + "at most 100"),
    .set(
      "learning backwards", ["training.learning_rate=-0.1"],
      "--set training.learning_rate=-0.1: training.learning_rate: -0.1 is not greater than 0 "
        + "and at most 100"),
    .set(
      "a huge learning rate", ["training.learning_rate=1e30"],
      "--set training.learning_rate=1e30: training.learning_rate: 1e+30 is not greater than 0 "
        + "and at most 100"),
    .set(
      "an infinite learning rate", ["training.learning_rate=inf"],
      "--set training.learning_rate=inf: training.learning_rate: expected a number, found \"inf\""),
    .set(
      "no threads", ["training.threads_per_rank=0"],
      "--set training.threads_per_rank=0: training.threads_per_rank: 0 is not in 1 … 1024"),
    .set(
      "more threads than cores", ["training.threads_per_rank=1000"],
      "training.threads_per_rank: 1000 threads, but this host has N cores; auto takes what "
        + "there is"),
    .set(
      "an unknown precision", ["training.precision=bf61"],
      "--set training.precision=bf61: training.precision: expected float32 or bf16, found "
        + "\"bf61\"; did you mean bf16?"),
    .set(
      "no protocol", ["evaluation.protocols="],
      "--set evaluation.protocols=: evaluation.protocols: is empty; write [] if there is none"),
    .set(
      "a protocol twice", ["evaluation.protocols=last-epoch,last-epoch"],
      "--set evaluation.protocols=last-epoch,last-epoch: evaluation.protocols: names one twice"),
    // Ranks
    .set(
      "no ranks", ["cluster.ranks_per_fold=0"],
      "--set cluster.ranks_per_fold=0: cluster.ranks_per_fold: 0 is less than 1"),
    .set(
      "more ranks a fold than shards", ["cluster.ranks_per_fold=5"],
      "--set cluster.ranks_per_fold=5: cluster.ranks_per_fold: 5 ranks cannot share "
        + "training.gradient_shards 4: each rank needs a shard"),
    .set(
      "more ranks a fold than ranks", ["cluster.ranks_per_fold=4"],
      "cluster.ranks_per_fold: 4 ranks a fold, but the job has 1 to train with: start more "
        + "ranks (mpirun -n) or ask for fewer"),
    .set(
      "a dedicated coordinator alone", ["cluster.dedicated_coordinator=true"],
      "cluster.dedicated_coordinator: a dedicated coordinator needs at least 2 ranks, and the "
        + "job has 1"),
  ]
}
