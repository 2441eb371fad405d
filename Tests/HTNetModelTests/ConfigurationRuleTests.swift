import Foundation
import HTNetModel
import TestSupport
import XCTest
import Safetensors

final class ConfigurationRuleTests: XCTestCase {
  typealias Change = (inout HTNetConfiguration) -> Void

  func testEveryRuleNamesItsKeyAndBothNumbers() {
    let cases: [(Change, String)] = [
      ({ $0.imageSize = 0 }, "image_size: 0 is not in 1 … 65536"),
      ({ $0.patchSize = -7 }, "patch_size: -7 is not in 1 … 65536"),
      ({ $0.channels = 0 }, "channels: 0 is not in 1 … 65536"),
      ({ $0.dim = 65_537 }, "dim: 65537 is not in 1 … 65536"),
      ({ $0.heads = 0 }, "heads: 0 is not in 1 … 65536"),
      ({ $0.hierarchies = 0 }, "hierarchies: 0 is not in 1 … 65536"),
      ({ $0.mlpMultiple = .max }, "mlp_multiple: \(Int.max) is not in 1 … 65536"),
      ({ $0.classes = 1 }, "classes: 1 is not in 2 … 65536"),
      ({ $0.dropout = 1 }, "dropout: 1.0 is not at least 0 and less than 1"),
      ({ $0.dropout = -0.1 }, "dropout: -0.1 is not at least 0 and less than 1"),
      ({ $0.dropout = .nan }, "dropout: nan is not at least 0 and less than 1"),
      ({ $0.hierarchies = 11 }, "hierarchies: 11 is more than 10"),
      (
        { $0.blockRepeats = [2, 2] },
        "block_repeats: has 2 entries, but model.hierarchies is 3: one entry a level"
      ),
      ({ $0.blockRepeats[1] = 0 }, "block_repeats: the entry 0 is not in 1 … 1024"),
      ({ $0.patchSize = 5 }, "patch_size: 5 does not divide model.image_size 28"),
      (
        { $0.patchSize = 14 },
        "hierarchies: 3 levels need 4 blocks a side, which do not divide the feature map's side 2 "
          + "(model.image_size 28 / model.patch_size 14)"
      ),
      (
        { $0.heads = 257 }, "heads: 257 heads do not fit in model.dim 256: at most one a channel"
      ),
      (
        { $0.dim = 32_768 },
        "dim: 32768 doubled over 3 levels gives 131072 channels, more than 65536"
      ),
    ]
    for (change, text) in cases {
      var configuration = HTNetConfiguration()
      change(&configuration)
      XCTAssertEqual(errorText { try configuration.validate() }, text)
      XCTAssertEqual(errorText { try HTNet(configuration) }, text)
    }
    XCTAssertNil(errorText { try HTNetConfiguration().validate() })
  }

  func testShapesOfTheLevels() {
    let paper = HTNetConfiguration()
    XCTAssertEqual((0..<3).map(paper.dim(level:)), [256, 512, 1024])
    XCTAssertEqual((0..<3).map(paper.heads(level:)), [3, 6, 12])
    XCTAssertEqual((0..<3).map(paper.headDim(level:)), [85, 85, 85])
    XCTAssertEqual((0..<3).map(paper.innerDim(level:)), [255, 510, 1020])
    XCTAssertEqual((0..<3).map(paper.blocksPerSide(level:)), [4, 2, 1])
    XCTAssertEqual((0..<3).map(paper.mapSize(level:)), [4, 2, 1])
    XCTAssertEqual(paper.sequenceLength, 1)
  }

  func testArgumentsInAFilesMetadata() throws {
    func read(_ config: String?) throws -> HTNetConfiguration {
      let metadata = config.map { ["config": $0] } ?? [:]
      return try HTNetConfiguration(
        metadataOf: SafetensorsFile(SafetensorsWriter.encode([], metadata: metadata), file: "f"))
    }
    var configuration = HTNetConfiguration()
    configuration.dim = 24
    configuration.blockRepeats = [1, 2, 3]
    configuration.mlpMultiple = 2
    XCTAssertEqual(try read(configuration.publishedArguments), configuration)
    let good = configuration.publishedArguments
    for (config, reason) in [
      (nil, "its metadata has no \"config\""), ("[", "is not a JSON object"),
      ("{}", "has no \"image_size\""),
      (good.replacing("\"dim\": 24", with: "\"dim\": \"24\""), "\"dim\" in the \"config\""),
      (good.replacing("\"dim\": 24", with: "\"dim\": 2.5"), "\"dim\" in the \"config\""),
      (good.replacing("\"dim\": 24", with: "\"dim\": 0"), "dim: 0 is not in 1 … 65536"),
      (good.replacing("[1, 2, 3]", with: "3"), "\"block_repeats\" in the"),
      (good.replacing("[1, 2, 3]", with: "[1]"), "has 1 entry,"),
      ("{\"dropout\": 0.5, " + good.dropFirst(), "\"dropout\" in the \"config\""),
    ] {
      let text = errorText { try read(config) }
      XCTAssertTrue(
        text?.hasPrefix("f: ") == true && text?.contains(reason) == true,
        "\(text ?? "accepted") instead of: \(reason)")
    }
  }
}
