import Checkpointing
import Digest
import Tasks
import TestSupport
import Training
import XCTest

/// The ranks' agreement about checkpoints under every order of events, without MPI and files.
final class CheckpointAgreementTests: XCTestCase {
  private static let manifest = CheckpointManifest(
    task: TaskKey(split: "s1"), configurationSHA256: "c", dataSHA256: "d", generations: [])

  private static func agreement(
    rank: Int, of ranks: Int, delta: Bool = false, keep: Int = 2
  ) -> CheckpointAgreement {
    var configuration = CheckpointConfiguration()
    configuration.delta = delta
    configuration.keep = keep
    return CheckpointAgreement(
      rank: rank, elements: (0..<ranks).map { $0 * 10..<($0 + 1) * 10 },
      configuration: configuration, manifest: manifest, next: 3)
  }

  private static func generation(_ number: Int, base: Int? = nil) -> CheckpointManifest.Generation {
    CheckpointManifest.Generation(
      number: number, time: "", steps: number, epoch: 0, batch: 0, base: base, cpu: "", kernel: "",
      parts: [])
  }

  private static func file(_ generation: Int, part: Int) -> StepNote.WrittenFile {
    let bytes = (0..<32).map { UInt8(truncatingIfNeeded: generation * 37 + part * 11 + $0) }
    return StepNote.WrittenFile(
      bytes: 1000 * generation + part + 1, sha256: SHA256Digest(bytes: bytes)!)
  }

  func testAGenerationCountsWhenTheLastPartIsDurable() {
    var ranks = (0..<3).map { Self.agreement(rank: $0, of: 3) }
    func notes(isDue: Bool = false) -> [StepNote] { ranks.map { $0.note(isDue: isDue) } }
    // Only the leader's word counts.
    XCTAssertEqual(CheckpointAgreement.decision(on: notes()), .goOn)
    XCTAssertEqual(notes(isDue: true).map(\.wish), [.full, nil, nil])
    XCTAssertEqual(CheckpointAgreement.decision(on: notes(isDue: true)), .take(.full))
    for rank in ranks.indices { ranks[rank].begin(Self.generation(3)) }
    XCTAssertEqual(CheckpointAgreement.decision(on: notes(isDue: true)), .wait)
    for rank in [2, 0, 1] {
      XCTAssertNil(ranks[0].verdict(on: notes()))
      ranks[rank].hasWritten(Self.file(3, part: rank))
    }
    var expected = Self.manifest
    var generation = Self.generation(3)
    generation.parts = (0..<3).map {
      let file = Self.file(3, part: $0)
      return CheckpointManifest.Part(
        file: "generation-3.part-\($0)-of-3.safetensors.zst", bytes: file.bytes,
        sha256: file.sha256.hexadecimal, elements: $0 * 10..<($0 + 1) * 10)
    }
    expected.generations = [generation]
    let step = notes()
    XCTAssertNil(ranks[1].verdict(on: step), "only the leader commits")
    XCTAssertEqual(ranks[0].verdict(on: step), .commit(expected))
    XCTAssertNil(ranks[0].verdict(on: step), "once")
    XCTAssertEqual(ranks.map(\.isBusy), [true, false, false])
    XCTAssertEqual(CheckpointAgreement.decision(on: notes(isDue: true)), .wait)
    XCTAssertEqual(ranks[0].manifest.generations, [])
    ranks[0].hasCommitted(expected)
    XCTAssertEqual(ranks[0].manifest, expected)
    XCTAssertEqual(CheckpointAgreement.decision(on: notes(isDue: true)), .take(.full))
  }

  func testOldReceiptsDoNotCountForTheNextGeneration() {
    var ranks = (0..<2).map { Self.agreement(rank: $0, of: 2) }
    for number in 3...4 {
      for rank in ranks.indices { ranks[rank].begin(Self.generation(number)) }
      XCTAssertNil(ranks[0].verdict(on: ranks.map { $0.note() }))
      ranks[0].hasWritten(Self.file(number, part: 0))
      XCTAssertNil(ranks[0].verdict(on: ranks.map { $0.note() }))
      ranks[1].hasWritten(nil)
      XCTAssertEqual(
        ranks[0].verdict(on: ranks.map { $0.note() }), .giveUp(generation: number))
      XCTAssertFalse(ranks[0].isBusy)
    }
  }

  func testAStopGoesBeforeACheckpointAndAnyRankMayAsk() {
    let ranks = (0..<3).map { Self.agreement(rank: $0, of: 3) }
    for stopping in 0..<3 {
      let notes = ranks.enumerated().map { $1.note(stops: $0 == stopping, isDue: true) }
      XCTAssertEqual(CheckpointAgreement.decision(on: notes), .stop)
    }
  }

  func testAFailedCommitLeavesWhatCountedAndTheNextIsFull() {
    var rank = Self.agreement(rank: 0, of: 1, delta: true)
    rank.begin(Self.generation(3))
    rank.hasWritten(Self.file(3, part: 0))
    guard case .commit = rank.verdict(on: [rank.note()]) else { return XCTFail("no commit") }
    rank.hasCommitted(nil)
    XCTAssertEqual(rank.manifest, Self.manifest)
    XCTAssertFalse(rank.isBusy)
    XCTAssertEqual(rank.note(isDue: true).wish, .full, "generation 3 is no base")
  }

  // MARK: - Any order of events

  /// A group of ranks whose writing takes any time and may fail.
  private struct Group {
    var ranks: [CheckpointAgreement]
    /// Which generations each rank has written, and who still writes.
    var durable: [Int: Set<Int>] = [:]
    var writing: [Int?]
    var committing: CheckpointManifest?
    var counted: Set<Int> = []
    var givenUp: Set<Int> = []
    var taken: [Int: Int?] = [:]

    init(_ count: Int, delta: Bool, keep: Int) {
      ranks = (0..<count).map {
        CheckpointAgreementTests.agreement(rank: $0, of: count, delta: delta, keep: keep)
      }
      writing = Array(repeating: nil, count: count)
    }

    mutating func endWriting(_ rank: Int, fails: Bool) {
      guard let generation = writing[rank] else { return }
      writing[rank] = nil
      if !fails { durable[generation, default: []].insert(rank) }
      ranks[rank].hasWritten(
        fails ? nil : CheckpointAgreementTests.file(generation, part: rank))
    }

    mutating func endCommit(fails: Bool) {
      guard let manifest = committing else { return }
      committing = nil
      ranks[0].hasCommitted(fails ? nil : manifest)
      if !fails { counted.insert(manifest.generations[0].number) }
    }

    /// The notes as the others get them.
    func exchange(stops: Int?, yields: Bool = false, isDue: Bool) throws -> [StepNote] {
      try ranks.enumerated().map { rank, agreement in
        try StepNote(
          agreement.note(
            stops: rank == stops, yields: yields && rank == 0, isDue: isDue
          ).encoded(shards: 2), shards: 2,
          from: rank)
      }
    }

    mutating func begin(_ kind: CheckpointKind) {
      let numbers = Set(ranks.map(\.next))
      let bases = Set(ranks.map { $0.base(of: kind) })
      XCTAssertEqual(numbers.count, 1)
      XCTAssertEqual(bases.count, 1)
      XCTAssertTrue(writing.allSatisfy { $0 == nil } && committing == nil, "nobody is busy")
      let (number, base) = (numbers.first!, bases.first!)
      if let base {
        XCTAssertNotNil(ranks[0].manifest[base], "the base counts")
        XCTAssertEqual(taken[base], .some(nil), "the base is full")
        XCTAssertLessThanOrEqual(number - base, CheckpointAgreement.differencesInARow)
      }
      XCTAssertFalse(taken.keys.contains(number), "a number is used once")
      taken[number] = base
      for rank in ranks.indices {
        ranks[rank].begin(CheckpointAgreementTests.generation(number, base: base))
        writing[rank] = number
      }
    }

    mutating func carryOut(_ notes: [StepNote]) {
      for rank in ranks.indices.dropFirst() { XCTAssertNil(ranks[rank].verdict(on: notes)) }
      switch ranks[0].verdict(on: notes) {
      case nil: break
      case .giveUp(let number):
        XCTAssertLessThan(durable[number]?.count ?? 0, ranks.count)
        XCTAssertTrue(givenUp.insert(number).inserted)
        XCTAssertTrue(writing.allSatisfy { $0 == nil }, "nobody writes it any more")
      case .commit(let manifest):
        check(manifest)
        committing = manifest
      }
    }

    private func check(_ manifest: CheckpointManifest) {
      for generation in manifest.generations {
        let number = generation.number
        XCTAssertEqual(durable[number]?.count, ranks.count, "every part is durable")
        XCTAssertFalse(givenUp.contains(number))
        XCTAssertEqual(taken[number], .some(generation.base))
        if let base = generation.base { XCTAssertNotNil(manifest[base]) }
        for (part, entry) in generation.parts.enumerated() {
          let file = CheckpointAgreementTests.file(number, part: part)
          XCTAssertEqual(entry.sha256, file.sha256.hexadecimal)
          XCTAssertEqual(entry.bytes, file.bytes)
        }
      }
      // One that counted is not forgotten for one that does not count yet.
      let newest = manifest.generations[0].number
      XCTAssertEqual(
        Set(manifest.generations.map(\.number)).subtracting([newest]).subtracting(counted), [])
    }
  }

  func testUnderAnyOrderOfEventsOnlyWholeGenerationsCount() throws {
    var random = SeededGenerator(seed: 6)
    var (counted, givenUp, differences, waits) = (0, 0, 0, 0)
    for _ in 0..<1500 {
      let count = Int.random(in: 1...5, using: &random)
      var group = Group(
        count, delta: Bool.random(using: &random), keep: Int.random(in: 1...3, using: &random))
      let failing = [0, 0, 5, 20].randomElement(using: &random)!
      func fails() -> Bool { Int.random(in: 0..<100, using: &random) < failing }
      let end = Int.random(in: 5...60, using: &random)
      for step in 0..<end {
        // A rank notes what has ended when it is asked for its note.
        for rank in 0..<count where Bool.random(using: &random) {
          group.endWriting(rank, fails: fails())
        }
        if Bool.random(using: &random) { group.endCommit(fails: fails()) }
        let stops = step == end - 1 ? Int.random(in: 0..<count, using: &random) : nil
        // The leader is told to yield; a group that cannot save its state goes on.
        let yields = Int.random(in: 0..<10, using: &random) == 0
        let notes = try group.exchange(
          stops: stops, yields: yields, isDue: Bool.random(using: &random))
        group.carryOut(notes)
        switch CheckpointAgreement.decision(on: notes) {
        case .goOn: break
        case .wait: waits += 1
        case .take(let kind):
          if kind == .difference { differences += 1 }
          group.begin(kind)
        case .stop, .yield:
          XCTAssertTrue(step == end - 1 || yields)
          // All settle what is under way, then the last one.
          for kind in [nil, CheckpointKind.full] {
            if let kind { group.begin(kind) }
            for rank in 0..<count { group.endWriting(rank, fails: fails()) }
            group.endCommit(fails: fails())
            group.carryOut(try group.exchange(stops: nil, isDue: false))
            group.endCommit(fails: fails())
          }
          XCTAssertFalse(group.ranks.contains(where: \.isBusy))
          if failing == 0 {
            XCTAssertEqual(group.counted, Set(group.taken.keys))
            XCTAssertEqual(group.ranks[0].manifest.generations[0].number, group.ranks[0].next - 1)
          }
        }
      }
      XCTAssertEqual(Set(group.ranks.map(\.next)).count, 1)
      counted += group.counted.count
      givenUp += group.givenUp.count
    }
    for number in [counted, givenUp, differences, waits] { XCTAssertGreaterThan(number, 500) }
  }
}
