import Foundation
import TestSupport
import XCTest

/// `htnet watch` in a pipe, and on a terminal that tmux makes.
final class WatchTests: TrainingTestCase {
  private static let settings = [
    "training.threads_per_rank=1", "checkpoint.every_seconds=0", "folds.include=[sub01,001]",
  ]

  override func tearDown() {
    // It is in no session of ours.
    if FileManager.default.fileExists(atPath: path("tmux")) {
      _ = try? run(["tmux", "-S", path("tmux"), "kill-server"])
    }
    super.tearDown()
  }

  private func watched(_ arguments: [String] = [], _ run: String = "run") throws -> Ended {
    try self.run(
      [Self.binary, "watch", path(run)] + arguments, environment: ["COLUMNS": "80", "LC_ALL": "C"])
  }

  func testAPipeShowsTheRunOnce() throws {
    for path in ["none", "data"] {
      let ended = try watched([], path)
      XCTAssertEqual(ended.status, 2, ended.errors)
      XCTAssertTrue(ended.errors.contains("is no run directory"), ended.errors)
    }
    assertSuccess(try htnet(arguments("run", Self.settings + ["training.epochs=20"])))
    let before = snapshot(of: path("run"))
    for options in [[], ["--once"]] {
      let ended = try watched(options)
      assertSuccess(ended)
      let lines = ended.output.split(separator: "\n")
      // The path gives way, not what has become of the run.
      XCTAssertNotNil(
        lines[0].wholeMatch(of: /.+\.\.\..+\/run: finished at [-0-9T:]+Z/), ended.output)
      XCTAssertTrue(ended.output.contains("\n2/2 finished\n"), ended.output)
      XCTAssertTrue(ended.output.contains("\n# 2 finished\n##\n"), ended.output)
      XCTAssertNotNil(
        ended.output.firstMatch(of: /\nUF1 [01]\.[0-9]{4}.* last-epoch, [0-9]+ clips\n/))
      XCTAssertFalse(ended.output.contains("\u{1B}"))
      XCTAssertTrue(lines.allSatisfy { $0.count <= 80 }, ended.output)
    }
    XCTAssertEqual(snapshot(of: path("run")), before)
  }

  // MARK: - On a terminal

  private struct Tmux {
    let test: WatchTests
    let socket: String

    @discardableResult
    func callAsFunction(_ arguments: String...) throws -> String {
      let ended = try test.run(["tmux", "-S", socket] + arguments)
      XCTAssertEqual(ended.status, 0, "tmux \(arguments): \(ended.errors)")
      return ended.output
    }

    var screen: String { get throws { try self("capture-pane", "-p") } }

    /// Waits until the screen holds a text.
    func wait(_ text: String, line: UInt = #line) throws {
      for _ in 0..<400 {
        if try screen.contains(text) { return }
        usleep(50_000)
      }
      XCTFail("no \"\(text)\" on the screen:\n\(try screen)", line: line)
    }
  }

  private func terminal(_ command: String) throws -> Tmux {
    guard (try? run(["tmux", "-V"]))?.status == 0 else { throw XCTSkip("there is no tmux") }
    let tmux = Tmux(test: self, socket: path("tmux"))
    // In a shell, so that the terminal stays when the view ends.
    try tmux(
      "-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "24",
      "printf 'before\\n'; \(command); echo ended $?; stty -a | tr ' ;' '\\n\\n' | grep -x -e -icanon -e -echo -e icanon -e echo | xargs echo modes; exec sleep 600"
    )
    return tmux
  }

  func testTheViewOnATerminal() throws {
    let job = try startHtnet(arguments("run", Self.settings + ["training.epochs=1000000"]))
    try job.waitUntil("the first epochs of") {
      FileManager.default.fileExists(atPath: path("run/folds/sub01/metrics.jsonl"))
        && FileManager.default.fileExists(atPath: path("run/progress.json"))
    }
    let watch = "sh -c 'echo $$ >\(path("pid")); exec \(Self.binary) watch \(path("run"))'"
    // The second view hides what the shell says.
    let tmux = try terminal(watch + "; echo ended once $?; sleep 2; NO_COLOR=1 " + watch)
    try tmux.wait("running")
    try tmux.wait("/1000000")
    var screen = try tmux.screen
    XCTAssertTrue(screen.contains("> 1 running   . 1 waiting"), screen)
    XCTAssertTrue(screen.contains("ETA "), screen)
    XCTAssertNotNil(screen.firstMatch(of: /sub01 +epoch [0-9]+\/1000000 +loss [0-9.]+/), screen)
    // The line is as wide as the terminal.
    let line = try XCTUnwrap(screen.split(separator: "\n").first { $0.contains("epoch") })
    XCTAssertTrue(
      line.hasSuffix(", rank 0")
        || line.hasSuffix(", rank 0 on \(ProcessInfo.processInfo.hostName)"),
      screen)
    XCTAssertTrue(screen.contains("q ends the view"), screen)
    XCTAssertFalse(screen.contains("before"), screen)
    // A narrower terminal, lower too.
    try tmux("resize-window", "-x", "40", "-y", "9")
    usleep(700_000)
    try tmux.wait("q ends the view")
    screen = try tmux.screen
    XCTAssertTrue(screen.contains("sub01"), screen)
    XCTAssertTrue(screen.contains("> 1 running"), screen)
    try tmux("resize-window", "-x", "100", "-y", "24")
    try tmux("send-keys", "q")
    try tmux.wait("ended once 0")
    screen = try tmux.screen
    XCTAssertTrue(screen.contains("before"), screen)
    // The second view: the job dies under it.
    try tmux.wait("q ends the view")
    job.signal(SIGKILL)
    _ = try job.wait()
    try tmux.wait("the job has died; last sign of it 20")
    try tmux.wait("~ 1 left in the middle")
    try tmux.wait("q ends the view; a job that begins shows here")
    // It ends at a signal too, and gives the terminal back.
    let pid = try XCTUnwrap(
      Int32(String(contentsOfFile: path("pid"), encoding: .utf8).prefix { $0 != "\n" }))
    kill(pid, SIGTERM)
    try tmux.wait("ended 0")
    try tmux.wait("modes")
    screen = try tmux.screen
    XCTAssertNotNil(screen.firstMatch(of: /modes (icanon echo|echo icanon)\n/), screen)
  }

  func testATerminalThatCannotRenewLines() throws {
    assertSuccess(try htnet(arguments("run", Self.settings + ["training.epochs=5"])))
    let tmux = try terminal("TERM=dumb \(Self.binary) watch \(path("run"))")
    try tmux.wait("ended 0")
    let screen = try tmux.screen
    XCTAssertTrue(screen.contains("2/2 finished"), screen)
    XCTAssertTrue(screen.contains("before"), screen)
  }
}
