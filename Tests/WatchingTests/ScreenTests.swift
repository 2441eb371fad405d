import Evaluation
import Foundation
import RunStore
import Tasks
import Watching
import XCTest

/// What `htnet watch` shows at any size.
final class ScreenTests: XCTestCase {
  private func job() -> LedgerRecord.JobStarted {
    LedgerRecord.JobStarted(
      time: "2026-01-01T00:00:00Z", program: "htnet 1", configurationSHA256: "c",
      dataSHA256: "d", protocols: [.lastEpoch], classes: 3, clips: [], tasks: [],
      machine: .init(
        hosts: ["node1", "node1", "node2", "node2"], ranks: 4, groups: [[0, 1], [2, 3]],
        threadsPerRank: 1, cpu: "c", kernel: "k", mpi: "m"))
  }

  private func state() -> WatchState {
    var state = WatchState(path: "runs/study")
    state.phase = .running
    state.job = job()
    state.jobs = 3
    state.resumes = 2
    state.rows = [
      .init(
        name: "dim=24",
        statuses: [
          .finished, .finished, .running(ranks: [0, 1]), .failed(cause: "epoch 3"), .waiting,
        ]),
      .init(name: "dim=48 with a name that is long", statuses: [.left, .waiting, .waiting]),
    ]
    state.running = [
      .init(
        task: TaskKey(setting: "dim=24", split: "sub03"), ranks: [0, 1], hosts: ["node1"],
        epoch: 61, epochs: 800, resumedAfter: 40, losses: (0..<60).map { 1.1 - Double($0) / 60 },
        samplesPerSecond: 812.4)
    ]
    state.idleGroups = 1
    state.samplesPerSecond = 812.4
    state.secondsLeft = 3723
    state.slow = ["rank 3 on node2 is slow: a sample takes it 2.1 times as long"]
    state.failures = ["sub05 (dim=24) failed in epoch 3, step 9: the loss is nan"]
    state.scores = [
      .init(
        setting: "dim=24", name: .lastEpoch, seeds: 2, clips: 30, uf1: 0.61234,
        interval: (0.5, 0.71)),
      .init(setting: "dim=24", name: .bestOnTest, seeds: 2, clips: 30, uf1: 0.8, interval: nil),
    ]
    return state
  }

  private func lines(
    _ state: WatchState, _ width: Int, _ height: Int?, colour: Bool = false, unicode: Bool = false,
    isLive: Bool = false
  ) -> [String] {
    Screen(width: width, height: height, colour: colour, unicode: unicode)
      .lines(state, isLive: isLive)
  }

  func testEverythingThereIsToSee() {
    let shown = lines(state(), 110, 40, isLive: true)
    XCTAssertEqual(
      shown.filter { !$0.hasPrefix("sub03 ") },
      [
        "runs/study: running",
        "2/8 finished | ETA 1:02:03 | 812 samples/s | begun again 2 times",
        "job 3 since 2026-01-01T00:00:00Z, 4 ranks on 2 hosts, 1 group idle: node1 node2",
        "# 2 finished   > 1 running   ~ 1 left in the middle   . 3 waiting   x 1 failed",
        "dim=24                          ##>x.",
        "dim=48 with a name that is long ~..",
        "",
        "",
        "UF1 0.6123 [0.5000, 0.7100] last-epoch, dim=24, 30 clips, 2 seeds",
        "UF1 0.8000 best-on-test (optimistic), dim=24, 30 clips, 2 seeds",
        "",
        "sub05 (dim=24) failed in epoch 3, step 9: the loss is nan",
        "rank 3 on node2 is slow: a sample takes it 2.1 times as long",
        "q ends the view; the run goes on",
      ])
    // The curve falls all the way, so its marks do.
    let start = #"^sub03 \(dim=24\)  epoch 61/800  loss 0\.1167  "#
    let end = #"  812/s, 2 ranks from 0 on node1, from epoch 40$"#
    for (lines, curve) in [
      (shown, #"#+\^+\*+\++=+-+\.+_+"#),
      (lines(state(), 110, 40, unicode: true), "█+▇+▆+▅+▄+▃+▂+▁+"),
    ] {
      XCTAssertTrue(
        lines.contains { $0.range(of: start + curve + end, options: .regularExpression) != nil },
        lines.joined(separator: "\n"))
    }
  }

  func testLostRanksAreShownFirstOfTheNotes() {
    var state = state()
    state.lost = [(3, "node2"), (0, "node1"), (2, "node2")].map {
      .init(time: "T", rank: $0.0, host: $0.1, task: nil, cause: "c")
    }
    state.failures = (0..<9).map { "failure \($0)" }
    state.running[0].epoch = 0
    let shown = lines(state, 110, 40)
    XCTAssertEqual(
      shown[2],
      "job 3 since 2026-01-01T00:00:00Z, 4 ranks on 2 hosts, 3 lost, 1 group idle: node1 node2")
    XCTAssertEqual(
      shown.suffix(3),
      ["lost in job 3: rank 0 on node1; ranks 2, 3 on node2", "failure 0", "and 9 more"])
    // Nor is an epoch shown before a step is known.
    XCTAssertTrue(shown.contains { $0.contains("epoch -/800 ") }, shown.joined(separator: "\n"))
  }

  /// Who is silent is named, and neither its speed nor the time that is left stands there as if it were not.
  func testASilentGroupIsShown() {
    var state = state()
    state.silent = ["silent since 2026-01-01T00:00:00Z: 2 ranks from 0 on node1"]
    state.running[0].isSilent = true
    let shown = lines(state, 110, 40)
    XCTAssertEqual(
      shown[1],
      "2/8 finished | ETA 1:02:03 if all go on | 812 samples/s | begun again 2 times")
    XCTAssertEqual(shown.count { $0 == state.silent[0] }, 1)
    XCTAssertEqual(
      shown.filter { $0.hasPrefix("sub03 ") }
        .map { $0.hasSuffix("  silent, 2 ranks from 0 on node1, from epoch 40") },
      [true], "\(shown)")
    state.secondsLeft = nil
    XCTAssertTrue(lines(state, 110, 40)[1].contains("| ETA not known yet | 812"))
  }

  func testNothingIsWiderOrHigherThanTheTerminal() {
    for width in [1, 7, 20, 40, 80, 200] {
      for height in [1, 2, 5, 10, 24, 60] {
        for isLive in [false, true] {
          let lines = lines(state(), width, height, isLive: isLive)
          XCTAssertLessThanOrEqual(lines.count, height)
          for line in lines { XCTAssertLessThanOrEqual(line.count, width, line) }
        }
      }
    }
    for width in [40, 80, 200] {
      let text = lines(state(), width, 24).joined(separator: "\n")
      for part in ["2/8 finished", "ETA 1:02:03", "##>x.", "epoch 61/800", "UF1 0.6123"] {
        XCTAssertTrue(text.contains(part), "\(part) at \(width):\n\(text)")
      }
    }
  }

  /// Which training it is, and where, is there at any width that people have; the rest gives way.
  func testWhatNamesATrainingIsNeverCut() {
    var state = state()
    let long = "augmentation.mirror=0.5,training.label_smoothing=0.1"
    state.running = [
      .init(
        task: TaskKey(setting: "dim=24", seed: 2, split: "sub03", inner: 1), ranks: [0, 1],
        hosts: ["node1"], epoch: 61, epochs: 800, resumedAfter: 40,
        losses: (0..<60).map { 1.1 - Double($0) / 60 }, samplesPerSecond: 812.4),
      .init(
        task: TaskKey(setting: long, seed: 12, split: "006", inner: 3), ranks: [117],
        hosts: ["node2"], epoch: 5, epochs: 800, resumedAfter: nil, losses: [1.05],
        samplesPerSecond: 1_580),
    ]
    func trainings(_ width: Int, unicode: Bool = true) -> [String] {
      lines(state, width, 24, unicode: unicode, isLive: true)
        .filter { $0.hasPrefix("sub03 (") || $0.hasPrefix("006 (") }
    }
    for width in [60, 72, 80, 100, 132, 200] {
      for unicode in [false, true] {
        let shown = trainings(width, unicode: unicode)
        XCTAssertEqual(shown.count, 2)
        for (line, parts) in zip(
          shown,
          [
            ["sub03 (d", ", seed 2, inner 1)", "epoch 61/800", "2 ranks from 0"],
            ["006 (a", ", seed 12, inner 3)", "epoch 5/800", "rank 117"],
          ])
        {
          for part in parts { XCTAssertTrue(line.contains(part), "\(width): \(line)") }
        }
      }
    }
    XCTAssertEqual(
      trainings(80),
      [
        "sub03 (dim=24, seed 2, inner 1)        epoch 61/800  loss 0.1167  2 ranks from 0",
        "006 (augmen…ng=0.1, seed 12, inner 3)  epoch 5/800   loss 1.0500  rank 117",
      ])
    state.running[1].task.setting = "dim=48"
    XCTAssertEqual(
      trainings(120),
      [
        "sub03 (dim=24, seed 2, inner 1)  epoch 61/800  loss 0.1167  ██▇▇▆▅▅▄▃▃▂▁▁  812/s, 2 ranks from 0 "
          + "on node1, from epoch 40",
        "006 (dim=48, seed 12, inner 3)   epoch 5/800   loss 1.0500  ▁              1580/s, rank 117 on "
          + "node2",
      ])
  }

  /// A run's state stands at the end of its line, and what has failed at the end of the signs.
  func testWhatIsCutIsSaid() {
    var state = state()
    state.path = "/shared/experiments/micro-expressions/2026/november/runs/study-of-everything"
    state.phase = .dead(since: nil)
    state.scores[0].setting = "augmentation.mirror=0.5,training.label_smoothing=0.1"
    var shown = lines(state, 80, 24, unicode: true)
    XCTAssertEqual(
      shown[0], "/shared/experiments/m…s/study-of-everything: the job has died; nobody knows when")
    XCTAssertEqual(
      shown.first { $0.hasPrefix("UF1 0.6123") },
      "UF1 0.6123 last-epoch, augmentation.mirror=0.5,training.label_smoothing=0.1")
    shown = lines(state, 40, 24)
    XCTAssertEqual(
      Array(shown[3..<6]),
      ["# 2 finished   > 1 running", "~ 1 left in the middle   . 3 waiting", "x 1 failed"])
    XCTAssertTrue(shown.contains("rank 3 on node2 is slow: a sample tak..."), "\(shown)")
  }

  /// A setting's name is the last that gives way, and optimism is always said.
  func testWhatOfAScoreGivesWayFirst() {
    var state = state()
    state.scores = [EvaluationProtocol.lastEpoch, .bestOnTest].map {
      .init(
        setting: "dim=24", name: $0, seeds: 2, clips: 30, uf1: 0.61234, interval: (0.5, 0.71))
    }
    for (width, last, best) in [
      (
        80, " [0.5000, 0.7100] last-epoch, dim=24, 30 clips, 2 seeds",
        " [0.5000, 0.7100] best-on-test (optimistic), dim=24, 30 clips, 2 seeds"
      ),
      (
        79, " [0.5000, 0.7100] last-epoch, dim=24, 30 clips",
        " [0.5000, 0.7100] best-on-test (optimistic), dim=24, 30 clips"
      ),
      (
        70, " [0.5000, 0.7100] last-epoch, dim=24",
        " [0.5000, 0.7100] best-on-test (optimistic), dim=24"
      ),
      (
        60, " [0.5000, 0.7100] last-epoch, dim=24", " [0.5000, 0.7100] optimistic, dim=24"
      ),
      (45, " last-epoch, dim=24", " optimistic, dim=24"),
    ] {
      XCTAssertEqual(
        lines(state, width, 24).filter { $0.hasPrefix("UF1 0.6123") },
        ["UF1 0.6123" + last, "UF1 0.6123" + best], "\(width)")
    }
  }

  /// Settings of a study that differ in the middle of their names.
  func testDifferentSettingsNeverReadTheSame() {
    var state = state()
    let settings = [24, 48].map {
      "augmentation.mirror=0.5,model.dim=\($0),training.label_smoothing=0.1"
    }
    state.scores = [EvaluationProtocol.lastEpoch, .bestOnTest].flatMap { name in
      settings.map {
        .init(setting: $0, name: name, seeds: 2, clips: 30, uf1: 0.61234, interval: (0.5, 0.71))
      }
    }
    state.rows = settings.map {
      .init(name: $0, statuses: Array(repeating: .waiting, count: 68))
    }
    state.running = settings.map {
      .init(
        task: TaskKey(setting: $0, split: "sub03"), ranks: [0], hosts: ["node1"], epoch: 61,
        epochs: 800, resumedAfter: nil, losses: [1], samplesPerSecond: nil)
    }
    for unicode in [false, true] {
      for width in [40, 60, 80, 200] {
        let shown = lines(state, width, 40, unicode: unicode)
        for (prefix, count) in [("UF1 ", 4), ("sub03 (", 2)] {
          let lines = shown.filter { $0.hasPrefix(prefix) }
          XCTAssertEqual(lines.count, count, "\(lines)")
          XCTAssertEqual(Set(lines).count, count, "\(lines)")
          for (line, value) in zip(lines, ["=24", "=48", "=24", "=48"]) {
            XCTAssertTrue(line.contains(value), line)
          }
        }
        XCTAssertEqual(shown.count { $0.hasPrefix("UF1 ") && $0.contains("optimistic") }, 2)
        let rows = shown.filter { $0.hasSuffix("....") }
        XCTAssertTrue(rows.contains { $0.contains("=24") }, "\(rows)")
        XCTAssertTrue(rows.contains { $0.contains("=48") }, "\(rows)")
      }
    }
    XCTAssertEqual(
      lines(state, 80, 24).filter { $0.hasPrefix("UF1 ") },
      [
        "UF1 0.6123 last-epoch, ...ion.mirror=0.5,model.dim=24,training.label_smoothin...",
        "UF1 0.6123 last-epoch, ...ion.mirror=0.5,model.dim=48,training.label_smoothin...",
        "UF1 0.6123 optimistic, ...ion.mirror=0.5,model.dim=24,training.label_smoothin...",
        "UF1 0.6123 optimistic, ...ion.mirror=0.5,model.dim=48,training.label_smoothin...",
      ])
  }

  func testColourChangesNoCharacter() {
    for width in [40, 80, 200] {
      let coloured = lines(state(), width, 24, colour: true, unicode: true)
      XCTAssertTrue(coloured.contains { $0.contains("\u{1B}[") })
      XCTAssertEqual(
        coloured.map { $0.replacing(/\u{1B}\[[0-9]+m/, with: "") },
        lines(state(), width, 24, unicode: true))
      for line in lines(state(), width, 24) {
        XCTAssertTrue(line.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, line)
      }
    }
  }

  /// 68 folds, ten seeds, eight settings.
  func testAStudyOfThousandsOfTrainings() {
    var state = state()
    state.rows = (0..<80).map { row in
      .init(
        name: "dim=\(row / 10) seed \(row % 10)",
        statuses: (0..<68).map { fold in
          row < 50 ? .finished : row == 50 && fold < 8 ? .running(ranks: [fold]) : .waiting
        })
    }
    state.running = (0..<8).map {
      .init(
        task: TaskKey(split: "sub\($0)"), ranks: [$0], hosts: [], epoch: 1, epochs: 60,
        resumedAfter: nil, losses: [1], samplesPerSecond: nil)
    }
    for (width, height) in [(40, 24), (80, 24), (80, 50), (200, 60)] {
      let lines = lines(state, width, height, isLive: true)
      XCTAssertLessThanOrEqual(lines.count, height)
      let text = lines.joined(separator: "\n")
      XCTAssertTrue(text.contains("3400/5440 finished"), text)
      XCTAssertTrue(text.contains("50 rows finished"), text)
      XCTAssertTrue(text.contains("dim=5 seed 0"), text)
      XCTAssertTrue(text.contains(">"), text)
      XCTAssertTrue(text.contains("sub0"), text)
    }
    // In a file every row has its line.
    let all = lines(state, 80, nil)
    XCTAssertEqual(all.count { $0.contains("#####") }, 50)
  }

  /// A cell that stands for several trainings shows the one that needs a look.
  func testCellsOfSeveralTrainings() {
    var state = WatchState(path: "r")
    state.job = job()
    state.phase = .running
    let statuses =
      Array(repeating: WatchState.TaskStatus.finished, count: 250)
      + [.failed(cause: "c")] + Array(repeating: .waiting, count: 249)
    state.rows = [.init(name: "", statuses: statuses)]
    let grid = lines(state, 50, 6).filter { $0.contains("#") && !$0.contains("finished") }
    XCTAssertEqual(
      grid, [String(repeating: "#", count: 25) + "x" + String(repeating: ".", count: 24)])
  }

  func testEachPhaseSaysWhatItIs() {
    let time = Date(timeIntervalSince1970: 1_767_225_600)
    let expected: [(WatchState.Phase, String)] = [
      (.prepared, "r: no job has begun"),
      (.withoutLedger, "r: ledger.jsonl is missing or empty beside results"),
      (.silent(since: time), "r: SILENT since 2026-01-01T00:00:00Z: a rank may hang"),
      (.dead(since: time), "r: the job has died; last sign of it 2026-01-01T00:00:00Z"),
      (.dead(since: nil), "r: the job has died; nobody knows when"),
      (.stopped(time: "T", reason: "SIGTERM\n"), "r: stopped at T (SIGTERM\\u{A})"),
      (.finished(time: "T"), "r: finished at T"),
    ]
    for (phase, text) in expected {
      var state = WatchState(path: "r")
      state.phase = phase
      state.job = phase == .prepared || phase == .withoutLedger ? nil : job()
      let lines = lines(state, 100, 24)
      XCTAssertEqual(lines.first, text)
      XCTAssertEqual(lines.contains { $0.contains("ETA") }, phase == .silent(since: time))
    }
  }

  /// Under a run that nobody trains the view does not promise that it goes on.
  func testTheKeysLineKnowsTheState() {
    let time = Date(timeIntervalSince1970: 1_767_225_600)
    let expected: [(WatchState.Phase, String)] = [
      (.running, "q ends the view; the run goes on"),
      (.silent(since: time), "q ends the view, not the job"),
      (.prepared, "q ends the view; a job that begins shows here"),
      (.dead(since: nil), "q ends the view; a job that begins shows here"),
      (.stopped(time: "T", reason: "SIGTERM"), "q ends the view; a job that begins shows here"),
      (.finished(time: "T"), "q ends the view"),
    ]
    for (phase, words) in expected {
      var state = state()
      state.phase = phase
      XCTAssertEqual(lines(state, 80, 24, isLive: true).last, words)
    }
  }
}
