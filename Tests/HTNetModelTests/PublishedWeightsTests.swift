import HTNetModel
import NeuralNetwork
import Safetensors
import TestSupport
import XCTest

/// Keys, shapes and numbers of the published weights.
final class PublishedWeightsTests: XCTestCase {
  func testThePapersModelHasItsParameters() throws {
    let layout = try HTNet(HTNetConfiguration()).layout
    XCTAssertEqual(layout.weightCount, 139_582_982)
    XCTAssertEqual(layout.tensors.map(\.count).reduce(0, +), 139_582_982)
    // Queries and keys over one token: 2 · inner · dim a block.
    let dead = 2 * (2 * 255 * 256) + 2 * (2 * 510 * 512) + 10 * (2 * 1020 * 1024)
    XCTAssertEqual(layout.weightCount - layout.gradientCount, dead)
    XCTAssertEqual(
      layout.tensors.prefix(6).map(\.name),
      [
        "to_patch_embedding.1.weight", "to_patch_embedding.1.bias", "layers.0.0.pos_emb",
        "layers.0.0.layers.0.0.norm.g", "layers.0.0.layers.0.0.norm.b",
        "layers.0.0.layers.0.0.fn.to_qkv.weight",
      ])
  }

  func testKeysAndShapesAreThoseOfTheReferenceFiles() throws {
    for name in ["one-level-seq16", "two-level-seq4", "paper-shape-dim24"] {
      let file = try ReferenceTests.fixture(name)
      let layout = try HTNet(HTNetConfiguration(metadataOf: file)).layout
      let keys = file.names.filter { $0.hasPrefix("param.") }
      XCTAssertEqual(Set(layout.tensors.map { "param." + $0.name }), Set(keys), name)
      XCTAssertEqual(layout.tensors.count, keys.count)
      for tensor in layout.tensors {
        XCTAssertEqual(file.shape(of: "param." + tensor.name), tensor.shape, tensor.name)
      }
    }
  }

  func testWeightsMoveBothWays() throws {
    let file = try ReferenceTests.fixture("two-level-seq4")
    let model = try HTNet(HTNetConfiguration(metadataOf: file))
    let weights = Weights<Float>(model.layout)
    try weights.load(file, prefix: "param.")
    for tensor in model.layout.tensors {
      XCTAssertEqual(weights.published(tensor), try file.floats("param." + tensor.name))
    }
    try withTemporaryDirectory { directory in
      let path = directory + "/weights.safetensors"
      try SafetensorsWriter.write(
        weights.tensors(), metadata: ["config": model.configuration.publishedArguments], to: path)
      let written = try SafetensorsFile(path: path)
      XCTAssertEqual(try HTNetConfiguration(metadataOf: written), model.configuration)
      let read = Weights<Float>(model.layout)
      try read.load(written)
      for i in 0..<model.layout.weightCount {
        XCTAssertEqual(read.pointer[i].bitPattern, weights.pointer[i].bitPattern)
      }
      // The bytes that a digest is over are the file's data.
      var bytes: [UInt8] = []
      weights.forEachPublishedTensor { bytes += $0 }
      XCTAssertEqual(bytes, try written.names.flatMap { Array(try written.tensor($0).bytes) })
    }
  }

  func testWeightsOfAnotherModelAreRefused() throws {
    let file = try ReferenceTests.fixture("two-level-seq4")
    let model = try HTNet(HTNetConfiguration(metadataOf: file))
    var configuration = model.configuration
    configuration.mlpMultiple += 1
    let other = Weights<Float>(try HTNet(configuration).layout)
    XCTAssertEqual(
      errorText { try other.load(file, prefix: "param.") }?.contains(" has the shape "), true)
    XCTAssertEqual(
      errorText { try other.load(file) }?.contains(
        ": holds another model's weights: it holds no tensor \"to_patch_embedding.1.weight\"; the "
          + "model has no tensor \""), true)
  }
}
