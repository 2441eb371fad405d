import Foundation
import TestSupport
import XCTest

/// A table of the user's own, from its images to the report.
final class ManifestRunTests: CommandLineTestCase {
  private static let names = ["anger", "disgust", "fear", "happy", "others", "sad", "surprise"]

  /// Two subjects, each with a clip of seven classes: images of one channel, 16 bits and 14 pixels a side.
  private func manifest() throws -> String {
    var text = "image,label,subject\n"
    for subject in ["a", "b"] {
      try FileManager.default.createDirectory(
        atPath: path("faces/\(subject)"), withIntermediateDirectories: true)
      for (label, name) in Self.names.enumerated() {
        let bytes = (0..<14 * 14 * 2).map {
          UInt8(truncatingIfNeeded: $0 * (label + 3) + (subject == "a" ? 0 : $0 % 5))
        }
        try PlainPNG.encode(width: 14, height: 14, rgb: bytes, channels: 1, bits: 16).write(
          to: URL(fileURLWithPath: path("faces/\(subject)/\(name).png")))
        text += "\(subject)/\(name).png,\(name),\(subject)\n"
      }
    }
    return try write(text, to: "faces/manifest.csv")
  }

  private func arguments(_ run: String, _ data: String) -> [String] {
    let settings = [
      "data.format=manifest", "data.regions=whole", "data.dataset=mine",
      "data.class_names=[\(Self.names.joined(separator: ", "))]", "model.channels=1",
      "model.classes=7", "model.image_size=14", "model.hierarchies=2", "model.block_repeats=[1, 1]",
      "model.dim=6", "training.batch_size=7", "training.epochs=2", "training.threads_per_rank=1",
      "training.keep_weights=true",
    ]
    return ["train", "--data", data, "--run", path(run)] + settings.flatMap { ["--set", $0] }
  }

  func testSevenClassesOfOneChannelTrainAndReport() throws {
    let table = try manifest()
    let alone = try htnet(arguments("alone", table))
    assertSuccess(alone)
    XCTAssertTrue(alone.errors.contains("14 clips of 2 subjects (mine 2): anger 2,"), alone.errors)
    // The second rank has the data, their bits and their names from the first.
    assertSuccess(try htnet(ranks: 2, arguments("two", path("faces"))))
    for run in ["alone", "two"] { assertSuccess(try htnet(["report", path(run)])) }
    let run = RunFiles(path("alone"))
    XCTAssertEqual(try run.report("report.json"), try RunFiles(path("two")).report("report.json"))
    let report = try run.reportJSON()
    XCTAssertEqual(report["classes"] as? [String], Self.names)
    XCTAssertEqual((report["published"] as? [String: Any])?.isEmpty, true)
    let markdown = String(decoding: try run.report("report.md"), as: UTF8.self)
    XCTAssertTrue(
      markdown.contains("| truth \\ prediction | \(Self.names.joined(separator: " | ")) |"),
      markdown)
    let exported = path("model.safetensors")
    assertSuccess(try htnet(["export", run.path, "--fold", "a", "--output", exported]))
    let metadata = try SafetensorsBytes(exported).metadata
    XCTAssertEqual(metadata["classes"], Self.names.joined(separator: ", "))
    XCTAssertEqual(metadata["channels"], "grey")
    XCTAssertEqual(
      metadata["input"],
      "raw samples 0 to 255 as float32 (of 16 bits: divided by 257), [batch, 1, 14, 14]")
  }
}
