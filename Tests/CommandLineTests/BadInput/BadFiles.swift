import Foundation

extension BadInput {
  private static let weights = ["training.initial_weights=weights.safetensors"]
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
    BadInput("a run directory that cannot be written to", ["/proc/self", "cannot be written to"]) {
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
      "weights of another model", [first, "[6, 147, 1, 1], not [8, 147, 1, 1]"],
      settings:
        weights + ["model.dim=8"]
    ) { try $0.addWeights { _ in } },
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
