import Foundation
import HTNetModel
import NeuralNetwork
import TestSupport
import XCTest
import Safetensors

/// A file of weights is taken by the model whose weights it holds, and by no other.
final class ModelOfFileTests: XCTestCase {
  private var configuration: HTNetConfiguration {
    var configuration = HTNetConfiguration()
    configuration.dim = 6
    configuration.blockRepeats = [1, 1, 1]
    return configuration
  }

  private func file(
    _ configuration: HTNetConfiguration, config: String? = nil,
    constructor: String? = nil,
    change: (inout [SafetensorsTensor]) -> Void = { _ in }
  ) throws -> SafetensorsFile {
    let weights = Weights<Float>(try HTNet(configuration).layout)
    var tensors = weights.tensors()
    change(&tensors)
    let metadata = ["config": config, "constructor": constructor].compactMapValues { $0 }
    return try SafetensorsFile(
      SafetensorsWriter.encode(tensors, metadata: metadata), file: "w.safetensors")
  }

  private func refusal(_ file: SafetensorsFile) -> String? {
    errorText { try file.weights(of: HTNet(configuration)) }
  }

  func testTheModelsOwn() throws {
    XCTAssertNil(refusal(try file(configuration)))
    for config in [
      configuration.publishedArguments, "{}", "{\"block_repeats\": 1, \"dropout\": 0.5}",
      "{\"dim_head\": 64, \"name\": [\"mine\"]}",
    ] {
      XCTAssertNil(refusal(try file(configuration, config: config)), config)
    }
  }

  func testADeeperAndAFlatterModel() throws {
    var other = configuration
    other.blockRepeats = [1, 1, 2]
    // Surplus tensors alone: the deeper model has all of this one's.
    let key = "layers.2.0.layers.1"
    XCTAssertEqual(
      refusal(try file(other)),
      "w.safetensors: holds another model's weights: the model has no tensor "
        + "\"\(key).0.norm.g\"; the model has no tensor \"\(key).0.norm.b\"; the model has no "
        + "tensor \"\(key).0.fn.to_qkv.weight\"; and 8 more such")
    XCTAssertEqual(
      refusal(try file(other, config: other.publishedArguments)),
      "w.safetensors: holds another model's weights: block_repeats is [1, 1, 2] in its config, but "
        + "model.block_repeats is [1, 1, 1]; the model has no tensor \"\(key).0.norm.g\"; the model "
        + "has no tensor \"\(key).0.norm.b\"; and 9 more such")
    let weights = try file(configuration)
    XCTAssertEqual(
      errorText { try weights.weights(of: HTNet(other)) },
      "w.safetensors: holds another model's weights: it holds no tensor \"\(key).0.norm.g\"; it "
        + "holds no tensor \"\(key).0.norm.b\"; it holds no tensor \"\(key).0.fn.to_qkv.weight\"; "
        + "and 8 more such")
    // The library's other ways to read a file.
    let deeper = try file(other)
    XCTAssertNotNil(
      errorText { try Weights<Float>(HTNet(configuration).layout, from: deeper) })
    XCTAssertNotNil(
      errorText { try Weights<Float>(HTNet(configuration).layout).load(deeper) })
  }

  func testOtherArgumentsOfTheSameShapes() throws {
    var other = configuration
    other.heads = 2
    XCTAssertEqual(
      refusal(try file(other, config: other.publishedArguments)),
      "w.safetensors: holds another model's weights: heads is 2 in its config, but model.heads is 3"
    )
    for (config, words) in [
      ("{\"heads\": \"3\"}", "heads is no whole number in its config, but model.heads is 3"),
      (
        "{\"num_hierarchies\": 2, \"patch_size\": 14}",
        "patch_size is 14 in its config, but model.patch_size is 7; num_hierarchies is 2 in its "
          + "config, but model.hierarchies is 3"
      ),
    ] {
      XCTAssertEqual(
        refusal(try file(configuration, config: config)),
        "w.safetensors: holds another model's weights: " + words)
    }
    XCTAssertEqual(
      refusal(try file(configuration, config: "mine")),
      "w.safetensors: the \"config\" of its metadata is not a JSON object")
  }

  func testAKeyTwiceIsRefused() throws {
    let file = try file(configuration, config: "{\"heads\": 3, \"heads\": 2}")
    let reason = "the \"config\" of its metadata has the key \"heads\" a second time at byte 20"
    XCTAssertEqual(refusal(file), "w.safetensors: " + reason)
    XCTAssertEqual(
      errorText { try HTNetConfiguration(metadataOf: file) }, "w.safetensors: " + reason)
  }

  func testTheConstructorIsCompared() throws {
    var other = configuration
    other.dropout = 0.5
    for constructor in [
      other.publishedConstructor, "{}", "{'block_repeats': 1}", "{ \"block_repeats\": (1,1,1,) , }",
    ] {
      XCTAssertNil(refusal(try file(configuration, constructor: constructor)), constructor)
    }
    other.heads = 2
    other.blockRepeats = [1, 1, 2]
    XCTAssertEqual(
      refusal(
        try file(
          configuration, config: configuration.publishedArguments,
          constructor: other.publishedConstructor)),
      "w.safetensors: holds another model's weights: heads is 2 in its constructor, but model.heads "
        + "is 3; block_repeats is [1, 1, 2] in its constructor, but model.block_repeats is [1, 1, 1]"
    )
    XCTAssertEqual(
      refusal(try file(configuration, constructor: "HTNet(dim=6)")),
      "w.safetensors: the \"constructor\" of its metadata is not a Python literal of a dictionary")
  }

  func testRoundedValuesAreCounted() throws {
    func file(_ values: [Double]) throws -> SafetensorsFile {
      try self.file(configuration) { tensors in
        tensors[tensors.count - 1] = SafetensorsTensor(
          name: "mlp_head.2.bias", type: .float64, shape: [3],
          bytes: values.withUnsafeBytes { Data($0) })
      }
    }
    let layout = try HTNet(configuration).layout
    XCTAssertNil(try file([0.5, -2, 0]).rounding(layout))
    XCTAssertEqual(
      try file([0.1, 0.5, 1e-60]).rounding(layout),
      "w.safetensors: 2 values in 1 of its tensors, \"mlp_head.2.bias\" the first, are rounded to "
        + "float32, in which training computes")
  }

  func testAShapeAndAName() throws {
    let name = "mlp_head.2.bias"
    XCTAssertEqual(
      refusal(
        try file(configuration) { tensors in
          tensors[tensors.count - 1] = SafetensorsTensor(
            name: name, shape: [4], floats: [1, 2, 3, 4])
        }),
      "w.safetensors: holds another model's weights: tensor \"\(name)\" has the shape [4], not [3]")
    XCTAssertEqual(
      refusal(
        try file(configuration) { tensors in
          tensors[tensors.count - 1] = SafetensorsTensor(
            name: "bias", shape: [3], floats: [1, 2, 3])
        }),
      "w.safetensors: holds another model's weights: it holds no tensor \"\(name)\"; the model has "
        + "no tensor \"bias\"")
  }

  func testThePublishedConstructorsArguments() {
    XCTAssertEqual(
      HTNetConfiguration().publishedConstructor,
      "{'image_size': 28, 'patch_size': 7, 'num_classes': 3, 'dim': 256, 'heads': 3, "
        + "'num_hierarchies': 3, 'block_repeats': (2, 2, 10), 'mlp_mult': 4, 'channels': 3, "
        + "'dim_head': 64, 'dropout': 0.0}")
    var one = HTNetConfiguration()
    one.hierarchies = 1
    one.blockRepeats = [4]
    XCTAssertTrue(one.publishedConstructor.contains("'block_repeats': (4,), "))
  }

  func testWhatIsInert() {
    var configuration = configuration
    func assertInert(_ kinds: [InertPart.Kind], line: UInt = #line) {
      XCTAssertEqual(configuration.inertParts.map(\.kind), kinds, line: line)
    }
    let positions = InertPart.Kind.tensor("layers.2.0.pos_emb")
    assertInert([.key("heads"), positions])
    let reason =
      "each block holds one token, so attention does not depend on the number of heads, but for its "
      + "width: model.dim rounded down to a multiple of model.heads (here "
    XCTAssertEqual(configuration.inertParts.first?.reason, reason + "all 6)")
    configuration.heads = 4
    XCTAssertEqual(configuration.inertParts.first?.reason, reason + "4 of 6)")
    // Dropout drops the weights of attention head by head.
    configuration.dropout = 0.1
    assertInert([positions])
    configuration.dropout = 0
    configuration.patchSize = 1
    XCTAssertEqual(configuration.sequenceLength, 49)
    assertInert([positions])
  }
}
