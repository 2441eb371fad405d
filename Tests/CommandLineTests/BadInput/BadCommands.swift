import Foundation
import Safetensors

extension BadInput {
  /// A reference file, changed, given to `htnet verify`.
  private static func reference(
    _ name: String, _ expected: [String],
    change: @escaping @Sendable (inout SafetensorsBytes) throws -> Void
  ) -> BadInput {
    BadInput(name, ["reference.safetensors"] + expected) { scene in
      try scene.addReference(change)
      return ["verify", "reference.safetensors"]
    }
  }

  /// Wrong uses of the other commands, and of options.
  static let commands: [BadInput] = [
    // report
    BadInput("a report of nothing", ["run: is no run directory", "does not exist"]) { _ in
      ["report", "run"]
    },
    BadInput("a report of another directory", ["data: is no run directory", "ledger.jsonl"]) { _ in
      ["report", "data"]
    },
    BadInput("a report of an empty ledger", ["run/ledger.jsonl", "no record of a job"]) { scene in
      try scene.addRun()
      try scene.write("", to: "run/ledger.jsonl")
      return ["report", "run"]
    },
    BadInput("a report of a damaged ledger", ["run/ledger.jsonl:1", "is damaged"]) { scene in
      try scene.addRun()
      try scene.edit("run/ledger.jsonl") { $0[0] = "{\"event\":\"job-started\"}" }
      return ["report", "run"]
    },
    // synthesize
    BadInput("made-up data over others", ["data: is not empty", "--output"]) { _ in
      ["synthesize", "--output", "data"]
    },
    BadInput("made-up data below a file", ["config.yaml/data: cannot write the data set"]) { _ in
      ["synthesize", "--output", "config.yaml/data"]
    },
    BadInput("made-up data in place of a file", ["config.yaml", "is a file"]) { _ in
      ["synthesize", "--output", "config.yaml"]
    },
    BadInput("one made-up subject", ["--subjects: 1 is not in 2"]) { _ in
      ["synthesize", "--output", "new", "--subjects", "1"]
    },
    BadInput("no made-up clips", ["--clips: 0 is not in 2"]) { _ in
      ["synthesize", "--output", "new", "--clips", "0"]
    },
    BadInput("made-up subjects in words", ["'few'", "--subjects"], showsUsage: true) { _ in
      ["synthesize", "--output", "new", "--subjects", "few"]
    },
    // verify
    BadInput("a reference that is not there", ["reference.safetensors", "no such file"]) { _ in
      ["verify", "reference.safetensors"]
    },
    BadInput("a directory as a reference", ["data: is a directory"]) { _ in ["verify", "data"] },
    BadInput(
      "a reference with a lying header", ["reference.safetensors", "a header of"]
    ) { scene in
      try scene.addReference()
      var bytes = try scene.read("reference.safetensors")
      bytes[5] = 1
      try scene.write(bytes, to: "reference.safetensors")
      return ["verify", "reference.safetensors"]
    },
    reference("a reference that is cut", ["bytes of data"]) { $0.body.removeLast(1) },
    reference("a reference without a configuration", ["\"config\""]) {
      $0.metadata["config"] = nil
    },
    reference("a reference with a configuration that is no JSON", ["JSON"]) {
      $0.metadata["config"] = "image_size=28"
    },
    reference("a reference without a shape", ["\"dim\""]) { try $0.setArgument("dim", to: nil) },
    reference("a reference of a shape in words", ["\"dim\"", "not a whole number"]) {
      try $0.setArgument("dim", to: "many")
    },
    reference("a reference of an impossible shape", ["patch_size: 5", "28"]) {
      try $0.setArgument("patch_size", to: 5)
    },
    reference("a reference that claims a huge shape", ["to_patch_embedding.1.weight", "65536"]) {
      try $0.setArgument("dim", to: 65536)
    },
    reference("a reference without steps", ["adam_steps"]) { $0.metadata["adam_steps"] = nil },
    reference("a reference without a gradient", ["grad.mlp_head.2.bias"]) {
      $0.header["other"] = $0.header.removeValue(forKey: "grad.mlp_head.2.bias")
    },
    reference("a reference with a label out of range", ["labels"]) {
      $0.body[try $0.range("labels").lowerBound] = 9
    },
    BadInput("a fold without its data", ["reference.safetensors", "--data"]) { scene in
      try scene.addReference {
        $0.header["train.indices"] = $0.header.removeValue(forKey: "labels")
      }
      return ["verify", "reference.safetensors"]
    },
    // The command line itself
    BadInput("verify without files", ["<files>"], showsUsage: true) { _ in ["verify"] },
    BadInput("an unknown option", ["'--nodes'"], showsUsage: true) {
      $0.train() + ["--nodes", "2"]
    },
    BadInput("an unknown command", ["'trian'"], showsUsage: true) { _ in ["trian"] },
    BadInput("a word too much", ["'more'"], showsUsage: true) { $0.train() + ["more"] },
  ]
}
