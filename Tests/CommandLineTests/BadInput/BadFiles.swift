import Foundation

extension BadInput {
  private static let weights = ["training.initial_weights=weights.safetensors"]
  /// A pipe that nobody writes to in place of a file, then `htnet train`.
  private static func pipe(_ name: String, _ file: String, settings: [String] = []) -> BadInput {
    .scene(name, file + ": is a pipe, not a file", settings: settings) { scene in
      if file.hasPrefix("run/") { try scene.addRun() }
      try scene.addPipe(file)
    }
  }

  private static let first = "to_patch_embedding.1.weight"

  /// Run directories and weights that cannot be used.
  static let files: [BadInput] = [
    // Run directories. Permission bits do not bind root, but these do.
    .scene(
      "a run directory that is a file", "run: is a file; name a directory for the run with --run"
    ) {
      try $0.write("mine", to: "run")
    },
    BadInput(
      "a run directory below a file",
      "config.yaml/run: cannot be made: Not a directory; name another with --run"
    ) { _ in
      ["train", "--config", "config.yaml", "--data", "data", "--run", "config.yaml/run"]
    },
    BadInput(
      "a run directory where nothing can be made",
      "/proc/htnet-run: cannot be made: No such file or directory; name another with --run"
    ) {
      _ in ["train", "--config", "config.yaml", "--data", "data", "--run", "/proc/htnet-run"]
    },
    BadInput(
      "a run directory of the system's",
      "/proc/self: is not empty and holds no run, but \"N\" and N more; name a new or empty "
        + "directory with --run (files that end in .log, .out, .err, .txt may be there)"
    ) {
      _ in ["train", "--config", "config.yaml", "--data", "data", "--run", "/proc/self"]
    },
    .scene(
      "a damaged line in the ledger",
      "run/ledger.jsonl:2: is damaged, so what the run has done cannot be trusted; restore the "
        + "file from a copy, or start again in another run directory"
    ) {
      try $0.addRun()
      try $0.edit("run/ledger.jsonl") { $0[1].removeLast(10) }
    },
    .scene(
      "a ledger without a configuration",
      "run/config.yaml: is missing beside a ledger with records; restore it, or name another "
        + "directory with --run"
    ) {
      try $0.addRun()
      try $0.remove("run/config.yaml")
    },
    .scene(
      "a run with a damaged configuration",
      "run: holds a run whose configuration cannot be read (run/config.yaml:2:1: is not YAML: "
        + "did not find expected ',' or '}'); name another with --run"
    ) {
      try $0.addRun()
      try $0.write("model: {dim: 6", to: "run/config.yaml")
    },
    .scene(
      "a run of another configuration",
      "run: holds a run of another configuration: training.seed is 2 there and 3 here; name "
        + "another directory with --run",
      settings: ["training.seed=3"]
    ) {
      try $0.addRun()
      try $0.edit("run/config.yaml") { lines in
        // The first is the training's.
        if let line = lines.firstIndex(where: { $0.hasPrefix("  seed:") }) {
          lines[line] = "  seed: 2"
        }
      }
    },
    .scene(
      "a directory of something else",
      "run: is not empty and holds no run, but \"thesis.tex\"; name a new or empty directory "
        + "with --run (files that end in .log, .out, .err, .txt may be there)"
    ) { scene in
      try FileManager.default.createDirectory(
        atPath: scene.path("run"), withIntermediateDirectories: false)
      try scene.write("mine", to: "run/thesis.tex")
    },
    .scene(
      "a directory with a lock of somebody else's",
      "run: is not empty and holds no run, but \"lock\"; name a new or empty directory with "
        + "--run (files that end in .log, .out, .err, .txt may be there)"
    ) {
      scene in
      try FileManager.default.createDirectory(
        atPath: scene.path("run"), withIntermediateDirectories: false)
      try scene.write("mine", to: "run/lock")
    },
    .scene(
      "a run with a lock of somebody else's",
      "run/lock: is no lock of htnet's, and would be overwritten; move it away, or name "
        + "another directory with --run"
    ) { scene in
      try scene.addRun()
      try scene.write("mine", to: "run/lock")
    },
    .scene("a directory for a lock", "run/lock: is a directory, not a file") { scene in
      try FileManager.default.createDirectory(
        atPath: scene.path("run/lock"), withIntermediateDirectories: true)
    },
    .scene("a directory for a ledger", "run/ledger.jsonl: is a directory, not a file") { scene in
      try scene.addRun()
      try scene.remove("run/ledger.jsonl")
      try FileManager.default.createDirectory(
        atPath: scene.path("run/ledger.jsonl"), withIntermediateDirectories: false)
    },
    // Pipes that nobody writes to, which would be waited for without end.
    .pipe("a pipe for a lock", "run/lock"), .pipe("a pipe for a ledger", "run/ledger.jsonl"),
    .pipe("a pipe for a result", "run/folds/sub01/result.json"),
    .pipe("a pipe for labels", BadInputScene.labels),
    .pipe("a pipe for an image", BadInputScene.image),
    .pipe("a pipe for landmarks", BadInputScene.landmarks),
    .pipe("a pipe for weights", "weights.safetensors", settings: weights),
    .scene(
      "a pipe for a configuration",
      "config.yaml: is a pipe that gave nothing: does a program write to it?"
    ) {
      try $0.addPipe("config.yaml")
    },
    BadInput("a device for weights", "/dev/zero: is a device, not a file") {
      $0.train(["training.initial_weights=/dev/zero"])
    },
    BadInput("a pipe for a reference", "reference.safetensors: is a pipe, not a file") { scene in
      try scene.addPipe("reference.safetensors")
      return ["verify", "reference.safetensors"]
    },
    BadInput("a pipe for an inspected file", "ledger.jsonl: is a pipe, not a file") { scene in
      try scene.addPipe("ledger.jsonl")
      return ["inspect", "ledger.jsonl"]
    },
    BadInput("a report of a pipe for a ledger", "run/ledger.jsonl: is a pipe, not a file") {
      scene in
      try scene.addRun()
      try scene.addPipe("run/ledger.jsonl")
      return ["report", "run"]
    },
    BadInput(
      "an export of a pipe for weights",
      "run/folds/sub01/weights.safetensors: is a pipe, not a file"
    ) { scene in
      try scene.addRun()
      try scene.addPipe("run/folds/sub01/weights.safetensors")
      return ["export", "run", "--fold", "sub01", "--output", "out.safetensors"]
    },
    BadInput("an export over a device", "/dev/null: is a device, not a file") { scene in
      try scene.addRun()
      return ["export", "run", "--fold", "sub01", "--output", "/dev/null"]
    },
    BadInput("a report of no name", "the run directory's name: is empty") { _ in ["report", ""] },
    // Initial weights
    .set("no initial weights", weights, "weights.safetensors: there is no such file"),
    .scene(
      "a directory of initial weights", "data: is a directory, not a file",
      settings: [
        "training.initial_weights=data"
      ]
    ) { _ in },
    .scene(
      "weights whose header is longer than the file",
      "weights.safetensors: is no safetensors file, or is cut: it would begin with a header of "
        + "N bytes, and has N in all",
      settings: weights
    ) { scene in
      try scene.addWeights { _ in }
      var bytes = try scene.read("weights.safetensors")
      bytes[6] = 0x7F
      try scene.write(bytes, to: "weights.safetensors")
    },
    .scene(
      "weights that have seen other folds' subjects",
      "weights.safetensors: its weights were trained on the very subjects that folds of this "
        + "run leave out: 001, s1, sub02, 002; it can start sub01: set folds.include to what it "
        + "can start, or name other training.initial_weights",
      settings: weights
    ) { try $0.addWeights { _ in } },
    .scene(
      "weights with a list of subjects that is none",
      "weights.safetensors: the \"trained_on\" of its metadata is not a JSON list of names",
      settings: weights
    ) { try $0.addWeights { $0.metadata["trained_on"] = "all" } },
    .scene(
      "weights that are cut",
      "weights.safetensors: tensor \"mlp_head.2.bias\": its data_offsets [55404, 55416] do not "
        + "lie in the 55412 bytes of data", settings: weights
    ) {
      try $0.addWeights { $0.body.removeLast(4) }
    },
    .scene(
      "weights of no length", "weights.safetensors: has 0 bytes, too few for a safetensors file",
      settings: weights
    ) {
      try $0.write(Data(), to: "weights.safetensors")
    },
    .scene(
      "weights that are text",
      "weights.safetensors: is no safetensors file, or is cut: it would begin with a header of "
        + "N bytes, and has N in all", settings: weights
    ) {
      try $0.write("this is no safetensors file", to: "weights.safetensors")
    },
    .scene(
      "weights out of bounds",
      "weights.safetensors: tensor \"to_patch_embedding.1.weight\": its data_offsets [0, "
        + "1099511627776] do not lie in the 55416 bytes of data", settings: weights
    ) {
      try $0.addWeights { file in
        var entry = try file.entry(first)
        entry["data_offsets"] = [0, 1 << 40]
        file.header[first] = entry
      }
    },
    .scene(
      "weights of a shape that overflows",
      "weights.safetensors: tensor \"to_patch_embedding.1.weight\": its shape "
        + "[4611686018427387904, 4611686018427387904] overflows", settings: weights
    ) {
      try $0.addWeights { file in
        var entry = try file.entry(first)
        entry["shape"] = [1 << 62, 1 << 62]
        file.header[first] = entry
      }
    },
    .scene(
      "weights of an unknown type",
      "weights.safetensors: tensor \"to_patch_embedding.1.weight\": its dtype is not a known one",
      settings: weights
    ) {
      try $0.addWeights { file in
        var entry = try file.entry(first)
        entry["dtype"] = "F31"
        file.header[first] = entry
      }
    },
    .scene(
      "weights of another model",
      "weights.safetensors: holds another model's weights: dim is 6 in its config, but "
        + "model.dim is 8; tensor \"to_patch_embedding.1.weight\" has the shape [6, 147, 1, 1], not "
        + "[8, 147, 1, 1]; tensor \"to_patch_embedding.1.bias\" has the shape [6], not [8]; and 44 "
        + "more such", settings: weights + ["model.dim=8"]
    ) { try $0.addWeights { _ in } },
    .scene(
      "weights of other heads",
      "weights.safetensors: holds another model's weights: heads is 3 in its config, but "
        + "model.heads is 2", settings: weights + ["model.heads=2"]
    ) { try $0.addWeights { _ in } },
    .scene(
      "weights of a deeper model",
      "weights.safetensors: holds another model's weights: the model has no tensor "
        + "\"layers.3.0.pos_emb\"", settings: weights
    ) {
      try $0.addWeights { file in
        file.header["layers.3.0.pos_emb"] = [
          "dtype": "F32", "shape": [1], "data_offsets": [file.body.count, file.body.count + 4],
        ]
        file.body += Data(count: 4)
      }
    },
    .scene(
      "weights without a tensor",
      "weights.safetensors: holds another model's weights: it holds no tensor "
        + "\"mlp_head.2.bias\"; the model has no tensor \"mlp_head.3.bias\"", settings: weights
    ) {
      try $0.addWeights { file in
        file.header["mlp_head.3.bias"] = file.header.removeValue(forKey: "mlp_head.2.bias")
      }
    },
    .scene(
      "weights that are not numbers",
      "weights.safetensors: tensor \"to_patch_embedding.1.weight\" holds a value that is not "
        + "finite", settings: weights
    ) {
      try $0.addWeights { file in
        let start = try file.range(first).lowerBound
        file.body.replaceSubrange(start..<start + 4, with: [0, 0, 0xC0, 0x7F])
      }
    },
  ]
}
