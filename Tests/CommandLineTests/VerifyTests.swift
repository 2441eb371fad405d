import TestSupport
import XCTest
import Safetensors

/// `htnet verify` passes the published model's own numbers and nothing else.
final class VerifyTests: CommandLineTestCase {
  func testTheReferenceFilesPass() throws {
    let files = ["one-level-seq16", "two-level-seq4", "paper-shape-dim24"].map {
      "\(Self.fixtures)/\($0).safetensors"
    }
    let ended = try htnet(["verify"] + files)
    assertSuccess(ended)
    for quantity in ["logits", "loss", "gradients", "losses of 10 Adam steps", "weights after"] {
      let rows = ended.output.split(separator: "\n").filter {
        $0.hasPrefix("  ok    \(quantity)")
      }
      XCTAssertGreaterThanOrEqual(rows.count, 3, "\(quantity) in \(ended.output)")
    }
    XCTAssertFalse(ended.output.contains("FAIL"), ended.output)
  }

  /// Ten epochs of a fold of the real data.
  func testAFoldOfTheRealDataPasses() throws {
    let name = "golden/htnet-release-fold-sub03-dim24.safetensors"
    guard let data = RealData.path("htnet-release"), let golden = RealData.path(name) else {
      throw XCTSkip(RealData.isMissing("htnet-release", name))
    }
    let ended = try htnet(["verify", golden, "--data", data])
    assertSuccess(ended)
    XCTAssertEqual(ended.output.components(separatedBy: "  ok  ").count, 3, ended.output)
    XCTAssertTrue(ended.output.contains("wrong classes of"), ended.output)
  }

  func testAChangedByteFails() throws {
    let source = Self.fixtures + "/two-level-seq4.safetensors"
    for (tensor, quantity) in [
      ("logits", "logits"), ("loss", "loss"), ("grad.mlp_head.2.weight", "gradients"),
      ("grad.layers.0.0.layers.1.0.fn.to_qkv.weight", "gradients"),
      ("adam.losses", "losses of 10 Adam steps"),
      ("adam.param.to_patch_embedding.1.weight", "weights after them"),
    ] {
      var file = try SafetensorsBytes(source)
      let range = try file.range(tensor)
      // The sign of the last value.
      file.body[range.upperBound - 1] ^= 0x80
      try file.write(to: path("changed.safetensors"))
      let ended = try htnet(["verify", path("changed.safetensors")])
      XCTAssertEqual(ended.status, 1, "\(tensor): \(ended.output)\(ended.errors)")
      XCTAssertTrue(
        ended.output.contains("FAIL  \(quantity)"), "\(tensor): \(ended.output)")
      XCTAssertEqual(ended.output.components(separatedBy: "FAIL").count, 2, "\(tensor)")
    }
  }
}
