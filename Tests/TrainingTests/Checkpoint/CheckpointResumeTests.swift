import Checkpointing
import Foundation
import MPI
import TestSupport
import Training
import XCTest

/// Interrupted after every step and resumed by any number of ranks: the same bits.
///
/// The first test starts its own bundle under mpirun, where the others run on every rank.
final class CheckpointResumeTests: XCTestCase {
  private static let variable = "HTNET_TEST_CHECKPOINTS"
  private static let ranks = 4

  func testAnyNumberOfRanksGoesOnWhereAnyOtherStopped() throws {
    try XCTSkipIf(
      ProcessInfo.processInfo.environment[Self.variable] != nil, "this is a rank")
    try withTemporaryDirectory { directory in
      let ended = try Ranks.run(
        "TrainingTests.CheckpointResumeTests/testOnEveryRank", ranks: Self.ranks,
        environment: [Self.variable: directory], timeout: 300)
      XCTAssertEqual(ended.status, 0, ended.output)
      XCTAssertEqual(ended.passed, Self.ranks, ended.output)
    }
  }

  func testAFullCheckpointComesAfterFourDifferences() throws {
    try withTemporaryDirectory { directory in
      let store = CheckpointStore(directory)
      let trainer = try SmallFold.trainer(epochs: 10_000)
      let checkpointer = SmallFold.checkpointer(trainer, directory, everySeconds: 0, delta: true)
      var bases: [Int: Int] = [:]
      var fulls: Set<Int> = []
      _ = try trainer.run(
        logitsOfEveryEpoch: false, note: { checkpointer.note(stops: false) },
        afterStep: {
          usleep(1000)
          let decision = try checkpointer.afterStep($0.notes)
          for generation in try store.manifest()?.generations ?? [] {
            if let base = generation.base {
              bases[generation.number] = base
            } else {
              fulls.insert(generation.number)
            }
          }
          return bases.count + fulls.count >= 12 ? .stop : decision
        })
      try checkpointer.finish()
      XCTAssertGreaterThan(fulls.count, 1)
      for (number, base) in bases { XCTAssertLessThanOrEqual(number - base, 4) }
    }
  }

  func testOnEveryRank() throws {
    guard let directory = ProcessInfo.processInfo.environment[Self.variable] else {
      throw XCTSkip("runs under mpirun, started by the other test")
    }
    let environment = try Environment(deadline: 60)
    let world = environment.world
    XCTAssertEqual(world.size, Self.ranks)
    let expected = try SmallFold.undisturbed()
    let expectedRecipe = try SmallFold.undisturbed(recipe: true)
    XCTAssertNotEqual(expectedRecipe, expected)
    let groups = try (1...Self.ranks).map {
      try world.split(color: world.rank < $0 ? 0 : 1, name: "\($0) ranks")
    }
    let memory = CheckpointMemory()
    for p in 1...Self.ranks {
      for q in 1...Self.ranks {
        for step in 1...SmallFold.epochs * SmallFold.batches {
          let path = directory + "/\(p)-\(q)-\(step)"
          if world.rank < p {
            let outcome = try stop(groups[p - 1], path, after: step, memory)
            XCTAssertNil(outcome)
          }
          try world.barrier()
          if world.rank < q {
            let outcome = try resume(groups[q - 1], path, at: step, memory)
            XCTAssertEqual(outcome, expected, "\(p) ranks, \(q) after step \(step)")
          }
          try world.barrier()
          // The whole recipe, by fewer pairs of numbers of ranks.
          guard (p + q) % 2 == 1 else { continue }
          if world.rank < p {
            XCTAssertNil(try stop(groups[p - 1], path + "-r", after: step, memory, recipe: true))
          }
          try world.barrier()
          if world.rank < q {
            let outcome = try resume(groups[q - 1], path + "-r", at: step, memory, recipe: true)
            XCTAssertEqual(outcome, expectedRecipe, "recipe, \(p) ranks, \(q) after step \(step)")
          }
          try world.barrier()
        }
      }
    }
    try crashAgainAndAgain(world, groups, directory + "/crashes", expected)
    try environment.finalize()
  }

  private func stop(
    _ group: Communicator, _ path: String, after step: Int, _ memory: CheckpointMemory,
    recipe: Bool = false
  ) throws -> FoldOutcome? {
    let trainer = try SmallFold.trainer(group, recipe: recipe)
    let checkpointer = SmallFold.checkpointer(trainer, path, group, memory: memory)
    XCTAssertNil(try checkpointer.resume())
    // Any rank's wish stops all: here the last one's.
    let outcome = try trainer.run(
      logitsOfEveryEpoch: true,
      note: {
        checkpointer.note(
          stops: trainer.progress.steps + 1 == step && group.rank == group.size - 1)
      }, afterStep: { try checkpointer.afterStep($0.notes) })
    // No weights are on their way any more.
    let everyones = try group.allGather(Array(trainer.weights.sha256.utf8))
    XCTAssertEqual(Set(everyones).count, 1, "after step \(step)")
    return outcome
  }

  private func resume(
    _ group: Communicator, _ path: String, at step: Int, _ memory: CheckpointMemory,
    recipe: Bool = false
  ) throws -> FoldOutcome? {
    let warnings = Warnings()
    let trainer = try SmallFold.trainer(group, recipe: recipe)
    let checkpointer = SmallFold.checkpointer(
      trainer, path, group, memory: memory, warnings: warnings)
    XCTAssertEqual(try checkpointer.resume()?.steps, step)
    let outcome = try SmallFold.run(trainer, checkpointer)
    try checkpointer.finish()
    XCTAssertEqual(warnings.texts, [])
    return outcome
  }

  /// Checkpoints as often as can be, full and as differences; the group just goes away after a few
  /// steps, and another number of ranks goes on from what counts then.
  private func crashAgainAndAgain(
    _ world: Communicator, _ groups: [Communicator], _ path: String, _ expected: FoldOutcome?
  ) throws {
    let store = CheckpointStore(path)
    var resumed = 0
    for life in 0..<60 {
      let size = [3, 1, 4, 2][life % 4]
      if world.rank < size {
        let group = groups[size - 1]
        let trainer = try SmallFold.trainer(group)
        let checkpointer = SmallFold.checkpointer(
          trainer, path, group, everySeconds: 0, delta: life % 3 != 0)
        if try checkpointer.resume() != nil { resumed += 1 }
        let end = trainer.progress.steps + 4
        let outcome = try trainer.run(
          logitsOfEveryEpoch: true, note: { checkpointer.note(stops: false) },
          afterStep: {
            // Time for the background thread: without it, hardly any checkpoint would be whole.
            usleep(2000)
            let decision = try checkpointer.afterStep($0.notes)
            return trainer.progress.steps == end ? .stop : decision
          })
        try checkpointer.finish()
        if let outcome { XCTAssertEqual(outcome, expected, "life \(life)") }
      }
      try world.barrier()
    }
    if world.rank == 0 {
      XCTAssertGreaterThan(resumed, 30)
      XCTAssertNotNil(try store.manifest())
    }
  }
}
