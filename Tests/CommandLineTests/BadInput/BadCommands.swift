import Foundation
import Safetensors

extension BadInput {
  /// A reference file, changed, given to `htnet verify`.
  private static func reference(
    _ name: String, _ expected: String,
    change: @escaping @Sendable (inout SafetensorsBytes) throws -> Void
  ) -> BadInput {
    BadInput(name, "reference.safetensors: " + expected) { scene in
      try scene.addReference(change)
      return ["verify", "reference.safetensors"]
    }
  }

  /// Wrong uses of the other commands, and of options.
  static let commands: [BadInput] = [
    // report
    BadInput("a report of nothing", "run: is no run directory: it does not exist") { _ in
      ["report", "run"]
    },
    BadInput(
      "a report of another directory",
      "data: is no run directory: it has neither config.yaml nor ledger.jsonl"
    ) { _ in
      ["report", "data"]
    },
    BadInput(
      "a report of an empty ledger",
      "run/ledger.jsonl: is missing or empty beside results of finished folds: restore it from a copy, or train anew with another --run"
    ) { scene in
      try scene.addRun()
      try scene.write("", to: "run/ledger.jsonl")
      return ["report", "run"]
    },
    BadInput(
      "an export without a ledger",
      "run/ledger.jsonl: is missing or empty beside results of finished folds: restore it from a copy, or train anew with another --run"
    ) { scene in
      try scene.addRun()
      try FileManager.default.removeItem(atPath: scene.path("run/ledger.jsonl"))
      return ["export", "run", "--fold", "sub01", "--output", "out.safetensors"]
    },
    BadInput(
      "a report before the first job",
      "run/ledger.jsonl: has no record of a job: nothing was begun here yet"
    ) { scene in
      try scene.addRun()
      try FileManager.default.removeItem(atPath: scene.path("run/folds"))
      try scene.write("", to: "run/ledger.jsonl")
      return ["report", "run"]
    },
    BadInput(
      "a report of a damaged ledger",
      "run/ledger.jsonl:1: is damaged, so what the run has done cannot be trusted; restore the "
        + "file from a copy, or start again in another run directory"
    ) { scene in
      try scene.addRun()
      try scene.edit("run/ledger.jsonl") { $0[0] = "{\"event\":\"job-started\"}" }
      return ["report", "run"]
    },
    // synthesize
    BadInput("made-up data over others", "data: is not empty; name another directory with --output")
    { _ in
      ["synthesize", "--output", "data"]
    },
    BadInput(
      "made-up data below a file", "config.yaml/data: cannot write the data set: Not a directory"
    ) { _ in
      ["synthesize", "--output", "config.yaml/data"]
    },
    BadInput(
      "made-up data in place of a file", "config.yaml: is a file; name a directory with --output"
    ) { _ in
      ["synthesize", "--output", "config.yaml"]
    },
    BadInput("one made-up subject", "--subjects: 1 is not in 2 … 4096") { _ in
      ["synthesize", "--output", "new", "--subjects", "1"]
    },
    BadInput("no made-up clips", "--clips: 0 is not in 2 … 1024") { _ in
      ["synthesize", "--output", "new", "--clips", "0"]
    },
    BadInput(
      "made-up subjects in words", "The value 'few' is invalid for '--subjects <N>'",
      showsUsage: true
    ) { _ in
      ["synthesize", "--output", "new", "--subjects", "few"]
    },
    // verify
    BadInput("a reference that is not there", "reference.safetensors: there is no such file") { _ in
      ["verify", "reference.safetensors"]
    },
    BadInput("a directory as a reference", "data: is a directory, not a file") { _ in
      ["verify", "data"]
    },
    BadInput(
      "a reference with a lying header",
      "reference.safetensors: is no safetensors file, or is cut: it would begin with a header "
        + "of N bytes, and has N in all"
    ) { scene in
      try scene.addReference()
      var bytes = try scene.read("reference.safetensors")
      bytes[5] = 1
      try scene.write(bytes, to: "reference.safetensors")
      return ["verify", "reference.safetensors"]
    },
    reference(
      "a reference that is cut",
      "tensor \"param.to_patch_embedding.1.weight\": its data_offsets [192412, 204172] do not "
        + "lie in the 204171 bytes of data"
    ) { $0.body.removeLast(1) },
    reference(
      "a reference without a configuration",
      "its metadata has no \"config\" with the model's arguments"
    ) {
      $0.metadata["config"] = nil
    },
    reference(
      "a reference with a configuration that is no JSON",
      "the \"config\" of its metadata is not a JSON object"
    ) {
      $0.metadata["config"] = "image_size=28"
    },
    reference("a reference without a shape", "the \"config\" of its metadata has no \"dim\"") {
      try $0.setArgument("dim", to: nil)
    },
    reference(
      "a reference of a shape in words",
      "\"dim\" in the \"config\" of its metadata is not a whole number"
    ) {
      try $0.setArgument("dim", to: "many")
    },
    reference(
      "a reference of an impossible shape",
      "the \"config\" of its metadata: patch_size: 5 does not divide model.image_size 28"
    ) {
      try $0.setArgument("patch_size", to: 5)
    },
    reference(
      "a reference that claims a huge shape",
      "holds another model's weights: tensor \"param.to_patch_embedding.1.weight\" has the shape "
        + "[20, 147, 1, 1], not [65536, 147, 1, 1]; tensor \"param.to_patch_embedding.1.bias\" has "
        + "the shape [20], not [65536]; tensor \"param.layers.0.0.layers.0.0.norm.g\" has the shape "
        + "[1, 20, 1, 1], not [1, 65536, 1, 1]; and 24 more such"
    ) {
      try $0.setArgument("dim", to: 65536)
    },
    reference(
      "a reference without steps", "its metadata has no usable \"adam_lr\" and \"adam_steps\""
    ) { $0.metadata["adam_steps"] = nil },
    reference("a reference without a gradient", "holds no tensor \"grad.mlp_head.2.bias\"") {
      $0.header["other"] = $0.header.removeValue(forKey: "grad.mlp_head.2.bias")
    },
    reference("a reference with a label out of range", "its labels are none, or not all in 0 ..< 3")
    {
      $0.body[try $0.range("labels").lowerBound] = 9
    },
    BadInput(
      "a fold without its data",
      "reference.safetensors: holds a fold of real data: name the release with --data"
    ) { scene in
      try scene.addReference {
        $0.header["train.indices"] = $0.header.removeValue(forKey: "labels")
      }
      return ["verify", "reference.safetensors"]
    },
    // The command line itself
    BadInput("verify without files", "Missing expected argument '<file> ...'", showsUsage: true) {
      _ in ["verify"]
    },
    BadInput("an unknown option", "Unknown option '--nodes'", showsUsage: true) {
      $0.train() + ["--nodes", "2"]
    },
    BadInput("an unknown command", "Unexpected argument 'trian'", showsUsage: true) { _ in ["trian"]
    },
    BadInput("a word too much", "Unexpected argument 'more'", showsUsage: true) {
      $0.train() + ["more"]
    },
  ]
}
