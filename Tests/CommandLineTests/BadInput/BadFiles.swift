import Foundation

extension BadInput {
  private static let weights = ["training.initial_weights=weights.safetensors"]
  /// A pipe that nobody writes to in place of a file, then `htnet train`.
  private static func pipe(_ name: String, _ file: String, settings: [String] = []) -> BadInput {
    .scene(name, [file + ": is a pipe, not a file"], settings: settings) { scene in
      if file.hasPrefix("run/") { try scene.addRun() }
      try scene.addPipe(file)
    }
  }

  private static let first = "to_patch_embedding.1.weight"

  /// Run directories and weights that cannot be used.
  static let files: [BadInput] = [
    // Run directories. Permission bits do not bind root, but these do.
    .scene("a run directory that is a file", ["run: is a file"]) {
      try $0.write("mine", to: "run")
    },
    BadInput("a run directory below a file", ["config.yaml/run: cannot be made"]) { _ in
      ["train", "--config", "config.yaml", "--data", "data", "--run", "config.yaml/run"]
    },
    BadInput("a run directory where nothing can be made", ["/proc/htnet-run", "cannot be made"]) {
      _ in ["train", "--config", "config.yaml", "--data", "data", "--run", "/proc/htnet-run"]
    },
    BadInput("a run directory of the system's", ["/proc/self: is not empty and holds no run"]) {
      _ in ["train", "--config", "config.yaml", "--data", "data", "--run", "/proc/self"]
    },
    .scene("a damaged line in the ledger", ["run/ledger.jsonl:2", "is damaged"]) {
      try $0.addRun()
      try $0.edit("run/ledger.jsonl") { $0[1].removeLast(10) }
    },
    .scene("a ledger without a configuration", ["run/config.yaml", "is missing beside a ledger"]) {
      try $0.addRun()
      try $0.remove("run/config.yaml")
    },
    .scene("a run with a damaged configuration", ["run", "config.yaml", "cannot be read"]) {
      try $0.addRun()
      try $0.write("model: {dim: 6", to: "run/config.yaml")
    },
    .scene(
      "a run of another configuration", ["run: holds a run of another configuration", "2 there"],
      settings: ["training.seed=3"]
    ) {
      try $0.addRun()
      try $0.edit("run/config.yaml") { lines in
        lines = lines.map { $0.hasPrefix("  seed:") ? "  seed: 2" : $0 }
      }
    },
    .scene(
      "a directory of something else",
      ["run: is not empty and holds no run, but \"thesis.tex\"; name a new or empty directory"]
    ) { scene in
      try FileManager.default.createDirectory(
        atPath: scene.path("run"), withIntermediateDirectories: false)
      try scene.write("mine", to: "run/thesis.tex")
    },
    .scene("a directory for a lock", ["run/lock: is a directory, not a file"]) { scene in
      try FileManager.default.createDirectory(
        atPath: scene.path("run/lock"), withIntermediateDirectories: true)
    },
    .scene("a directory for a ledger", ["run/ledger.jsonl: is a directory, not a file"]) { scene in
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
    .scene("a pipe for a configuration", ["config.yaml: is a pipe that gave nothing"]) {
      try $0.addPipe("config.yaml")
    },
    BadInput("a device for weights", ["/dev/zero: is a device, not a file"]) {
      $0.train(["training.initial_weights=/dev/zero"])
    },
    BadInput("a pipe for a reference", ["reference.safetensors: is a pipe, not a file"]) { scene in
      try scene.addPipe("reference.safetensors")
      return ["verify", "reference.safetensors"]
    },
    BadInput("a pipe for an inspected file", ["ledger.jsonl: is a pipe, not a file"]) { scene in
      try scene.addPipe("ledger.jsonl")
      return ["inspect", "ledger.jsonl"]
    },
    BadInput("a report of a pipe for a ledger", ["run/ledger.jsonl: is a pipe"]) { scene in
      try scene.addRun()
      try scene.addPipe("run/ledger.jsonl")
      return ["report", "run"]
    },
    BadInput("an export of a pipe for weights", ["weights.safetensors: is a pipe"]) { scene in
      try scene.addRun()
      try scene.addPipe("run/folds/sub01/weights.safetensors")
      return ["export", "run", "--fold", "sub01", "--output", "out.safetensors"]
    },
    BadInput("an export over a device", ["/dev/null: is a device, not a file"]) { scene in
      try scene.addRun()
      return ["export", "run", "--fold", "sub01", "--output", "/dev/null"]
    },
    BadInput("a report of no name", ["the run directory's name: is empty"]) { _ in ["report", ""] },
    // Initial weights
    .set("no initial weights", weights, "weights.safetensors", "there is no such file"),
    .scene(
      "a directory of initial weights", ["data: is a directory"],
      settings: [
        "training.initial_weights=data"
      ]
    ) { _ in },
    .scene(
      "weights whose header is longer than the file", ["weights.safetensors", "a header of"],
      settings: weights
    ) { scene in
      try scene.addWeights { _ in }
      var bytes = try scene.read("weights.safetensors")
      bytes[6] = 0x7F
      try scene.write(bytes, to: "weights.safetensors")
    },
    .scene("weights that are cut", ["weights.safetensors", "bytes of data"], settings: weights) {
      try $0.addWeights { $0.body.removeLast(4) }
    },
    .scene("weights of no length", ["weights.safetensors", "too few"], settings: weights) {
      try $0.write(Data(), to: "weights.safetensors")
    },
    .scene("weights that are text", ["weights.safetensors"], settings: weights) {
      try $0.write("this is no safetensors file", to: "weights.safetensors")
    },
    .scene("weights out of bounds", [first, "data_offsets"], settings: weights) {
      try $0.addWeights { file in
        var entry = try file.entry(first)
        entry["data_offsets"] = [0, 1 << 40]
        file.header[first] = entry
      }
    },
    .scene("weights of a shape that overflows", [first, "overflows"], settings: weights) {
      try $0.addWeights { file in
        var entry = try file.entry(first)
        entry["shape"] = [1 << 62, 1 << 62]
        file.header[first] = entry
      }
    },
    .scene("weights of an unknown type", [first, "dtype"], settings: weights) {
      try $0.addWeights { file in
        var entry = try file.entry(first)
        entry["dtype"] = "F31"
        file.header[first] = entry
      }
    },
    .scene(
      "weights of another model",
      [
        "weights.safetensors: holds another model's weights: dim is 6 in its config, but model.dim is "
          + "8; tensor \"\(first)\" has the shape [6, 147, 1, 1], not [8, 147, 1, 1]; "
      ], settings: weights + ["model.dim=8"]
    ) { try $0.addWeights { _ in } },
    .scene(
      "weights of other heads",
      [
        "weights.safetensors: holds another model's weights: heads is 3 in its config, but "
          + "model.heads is 2\n"
      ], settings: weights + ["model.heads=2"]
    ) { try $0.addWeights { _ in } },
    .scene(
      "weights of a deeper model",
      [
        "weights.safetensors: holds another model's weights: the model has no tensor "
          + "\"layers.3.0.pos_emb\"\n"
      ], settings: weights
    ) {
      try $0.addWeights { file in
        file.header["layers.3.0.pos_emb"] = [
          "dtype": "F32", "shape": [1], "data_offsets": [file.body.count, file.body.count + 4],
        ]
        file.body += Data(count: 4)
      }
    },
    .scene(
      "weights without a tensor", ["weights.safetensors", "mlp_head.2.bias"], settings: weights
    ) {
      try $0.addWeights { file in
        file.header["mlp_head.3.bias"] = file.header.removeValue(forKey: "mlp_head.2.bias")
      }
    },
    .scene("weights that are not numbers", [first, "not finite"], settings: weights) {
      try $0.addWeights { file in
        let start = try file.range(first).lowerBound
        file.body.replaceSubrange(start..<start + 4, with: [0, 0, 0xC0, 0x7F])
      }
    },
  ]
}
