import Foundation
import XCTest

/// `cluster/htnet.pbs` with a `qsub` that notes what is submitted.
final class PBSTemplateTests: JobTestCase {
  private var template: String { path("cluster/htnet.pbs") }

  override func setUpWithError() throws {
    try super.setUpWithError()
    for directory in ["bin", "cluster"] {
      try FileManager.default.createDirectory(
        atPath: path(directory), withIntermediateDirectories: false)
    }
    try script("bin/qsub", #"printf '%s\n' "$@" >>queued"#)
    for name in ["job.sh", "htnet.pbs"] {
      try FileManager.default.copyItem(
        atPath: Self.cluster + "/" + name, toPath: path("cluster/" + name))
    }
  }

  private func job(_ statuses: [String], _ more: [String: String] = [:]) throws -> Ended {
    try prepare(statuses)
    let search = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let given = [
      "PATH": path("bin") + ":" + search, "PBS_O_WORKDIR": scratch, "CONFIG": "a.yaml",
      "DATA": "data", "RUN": "run",
    ]
    return try run(
      ["bash", template],
      environment: variables.merging(given) { $1 }.merging(more) { $1 }, in: "/")
  }

  /// What is submitted as the job after so many.
  private func next(_ earlier: Int) -> [String] {
    [
      "-v",
      "CONFIG=a.yaml,DATA=data,RUN=run,HTNET=\(path("htnet")),HTNET_CLUSTER=cluster,EARLIER=\(earlier)",
      "cluster/htnet.pbs",
    ]
  }

  func testAStoppedJobSubmitsTheNext() throws {
    assertSuccess(try job(["75 manifest.json"]))
    XCTAssertEqual(lines("queued"), next(1))
    XCTAssertEqual(
      lines("trained"),
      [
        "train --restarts 0 --mpirun-args --map-by slot:PE=8 --config=a.yaml --data=data --run=run"
      ])
    assertSuccess(try job(["137", "137"], ["EARLIER": "1"]))
    XCTAssertEqual(lines("queued"), next(2))
    XCTAssertEqual(lines("trained").count, 2)
    let last = try job(["0"], ["EARLIER": "2"])
    assertSuccess(last)
    XCTAssertEqual(lines("queued"), [])
    XCTAssertTrue(last.output.hasSuffix("report of run\n"), last.output)
  }

  /// Names that would be options by themselves, with a death, after which the script writes into the run.
  func testNamesThatBeginWithAHyphen() throws {
    let ended = try job(["137", "0"], ["CONFIG": "-a.yaml", "DATA": "-data", "RUN": "-run"])
    assertSuccess(ended)
    XCTAssertEqual(
      lines("trained"),
      Array(
        repeating:
          "train --restarts 0 --mpirun-args --map-by slot:PE=8 --config=-a.yaml --data=-data "
          + "--run=-run", count: 2))
    XCTAssertTrue(ended.output.hasSuffix("report of ./-run\n"), ended.output)
    XCTAssertEqual(ended.errors, "")
  }

  func testTheTemplatesClockStopsTheJob() throws {
    let text = try String(contentsOfFile: template, encoding: .utf8)
    let soon = text.replacing("seconds=$((24 * 3600 - 300))", with: "seconds=3")
    XCTAssertNotEqual(soon, text)
    try write(soon, to: "cluster/htnet.pbs")
    let ended = try job(["signal"])
    assertSuccess(ended)
    XCTAssertTrue(ended.output.contains("htnet ended with status 75"), ended.output)
    XCTAssertEqual(lines("queued"), next(1))
  }

  func testATemplateThatCouldNotBeSubmittedAgainIsRefused() throws {
    let ended = try job(["0"], ["PBS_O_WORKDIR": path("bin"), "HTNET_CLUSTER": Self.cluster])
    XCTAssertEqual(ended.status, 2)
    XCTAssertTrue(
      ended.errors.contains(
        "error: the next job could not be submitted: there is no cluster/htnet.pbs in "
          + path("bin")), ended.errors)
    XCTAssertEqual(lines("trained"), [])
  }
}
