import TestSupport
import XCTest

/// What cannot be used is refused before any work, with one clear error and status 2, and nothing
/// is left half-written.
final class BadInputTests: CommandLineTestCase {
  private static let table =
    BadInput.configurations + BadInput.data + BadInput.files + BadInput.commands

  private var template = ""
  private var finishedRun = ""

  override func setUpWithError() throws {
    try super.setUpWithError()
    template = path("template")
    finishedRun = path("finished")
    try FileManager.default.createDirectory(
      atPath: template, withIntermediateDirectories: false)
    _ = try synthesize("template/data")
    try write(
      """
      model: {dim: 6, block_repeats: [1, 1, 1]}
      training: {epochs: 1, batch_size: 8}
      """, to: "template/config.yaml")
    // What every case spoils is good before, and trains.
    let good = try run(
      [
        Self.binary, "train", "--config", "config.yaml", "--data", "data", "--run", finishedRun,
        "--set", "training.keep_weights=true",
      ], in: template)
    XCTAssertEqual(good.status, 0, good.errors)
  }

  /// A message without what is the machine's own.
  private static func anywhere(_ text: String) -> String {
    text.replacing(/this host has [0-9.]+/, with: "this host has N")
      .replacing(
        /a header of [0-9]+ bytes, and has [0-9]+ in/, with: "a header of N bytes, and has N in"
      )
      .replacing(/but "\w+" and [0-9]+ more/, with: "but \"N\" and N more")
  }

  private func scene() throws -> BadInputScene {
    let directory = path("scene")
    try? FileManager.default.removeItem(atPath: directory)
    try FileManager.default.copyItem(atPath: template, toPath: directory)
    return BadInputScene(directory: directory, finishedRun: finishedRun)
  }

  func testTheTable() throws {
    XCTAssertGreaterThanOrEqual(Self.table.count, 40)
    XCTAssertEqual(Set(Self.table.map(\.name)).count, Self.table.count)
    for input in Self.table {
      let scene = try scene()
      let arguments = try input.arguments(scene)
      let before = snapshot(of: scene.directory)
      let ended = try run([Self.binary] + arguments, in: scene.directory)
      XCTAssertEqual(ended.status, 2, "\(input.name): \(ended.errors)")
      XCTAssertEqual(ended.output, "", input.name)
      let expected = "htnet: \(input.expected)\n"
      let errors = Self.anywhere(ended.errors)
      if input.showsUsage {
        XCTAssertTrue(errors.hasPrefix(expected), "\(input.name): \(errors)")
        XCTAssertTrue(errors.contains("\nUsage: htnet"), "\(input.name): \(errors)")
      } else {
        XCTAssertEqual(errors, expected, input.name)
      }
      let after = snapshot(of: scene.directory)
      XCTAssertEqual(
        before.keys.sorted(), after.keys.sorted(), "\(input.name): files came or went")
      XCTAssertEqual(before, after, "\(input.name): a file changed")
    }
  }

  func testOneRankSpeaksForAll() throws {
    let names = [
      "mistyped key", "a cut image", "more ranks a fold than shards",
      "a run directory below a file",
    ]
    let inputs = Self.table.filter { names.contains($0.name) }
    XCTAssertEqual(inputs.count, names.count)
    for input in inputs {
      let scene = try scene()
      let arguments = try input.arguments(scene)
      let before = snapshot(of: scene.directory)
      let ended = try run(
        Mpirun.command(ranks: 2, [Self.binary] + arguments), environment: Mpirun.environment,
        in: scene.directory)
      XCTAssertEqual(ended.status, 2, "\(input.name): \(ended.errors)")
      XCTAssertEqual(
        Self.anywhere(ended.errors).split(separator: "\n").filter { $0.hasPrefix("htnet: ") },
        ["htnet: \(input.expected)"], input.name)
      XCTAssertEqual(snapshot(of: scene.directory), before, input.name)
    }
  }
}
