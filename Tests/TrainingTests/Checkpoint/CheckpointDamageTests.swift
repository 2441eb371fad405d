import Checkpointing
import Files
import Foundation
import TestSupport
import Training
import XCTest

/// Damaged checkpoints: never a crash, and never a state that was not written.
final class CheckpointDamageTests: XCTestCase {
  /// A fold's state in a form that can be compared.
  private struct State: Equatable {
    let weights: String
    let progress: FoldProgress
    /// What the next step gives, which the moments decide.
    let nextWeights: String
  }

  private func state(_ trainer: FoldTrainer) throws -> State {
    let (weights, progress) = (trainer.weights.sha256, trainer.progress)
    _ = try trainer.run(logitsOfEveryEpoch: false, afterStep: { _ in .stop })
    return State(weights: weights, progress: progress, nextWeights: trainer.weights.sha256)
  }

  /// Flips a bit, cuts, lengthens, clears a run or exchanges a block.
  private func damage(_ data: Data, _ random: inout SeededGenerator) -> Data {
    var bytes = [UInt8](data)
    let place = Int.random(in: 0..<bytes.count, using: &random)
    switch Int.random(in: 0..<8, using: &random) {
    case 0: bytes.removeLast(bytes.count - place)
    case 1: bytes.append(UInt8.random(in: 0...255, using: &random))
    case 2: for i in place..<min(place + 64, bytes.count) { bytes[i] = 0 }
    case 3: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 4: bytes.remove(at: place)
    default: bytes[place] ^= 1 << Int.random(in: 0..<8, using: &random)
    }
    return Data(bytes)
  }

  func testNothingIsRemovedForAManifestThatCannotBeReadOrIsDamaged() throws {
    try withTemporaryDirectory { directory in
      let writer = try SmallFold.trainer()
      let writing = SmallFold.checkpointer(writer, directory)
      XCTAssertNil(try SmallFold.run(writer, writing, stop: 4))
      let store = CheckpointStore(directory)
      let whole = try Data(contentsOf: URL(fileURLWithPath: store.manifestPath))
      let files = try names(in: directory)
      XCTAssertEqual(files.count, 2)

      try FileManager.default.removeItem(atPath: store.manifestPath)
      try FileManager.default.createDirectory(
        atPath: store.manifestPath, withIntermediateDirectories: false)
      let trainer = try SmallFold.trainer()
      XCTAssertThrowsError(try SmallFold.checkpointer(trainer, directory).resume()) {
        XCTAssertTrue($0 is FileError, "\($0)")
      }
      XCTAssertEqual(try names(in: directory), files)

      try FileManager.default.removeItem(atPath: store.manifestPath)
      try (whole + Data("x".utf8)).write(to: URL(fileURLWithPath: store.manifestPath))
      let warnings = Warnings()
      XCTAssertNil(
        try SmallFold.checkpointer(trainer, directory, warnings: warnings).resume())
      XCTAssertEqual(try names(in: directory), files)
    }
  }

  func testNoDamagedCheckpointIsLoadedAndNoneCrashes() throws {
    try withTemporaryDirectory { directory in
      let writer = try SmallFold.trainer()
      let writing = SmallFold.checkpointer(writer, directory)
      XCTAssertNil(try writing.resume())
      XCTAssertNil(try SmallFold.run(writer, writing, stop: 4))
      XCTAssertNil(try SmallFold.run(writer, writing, stop: 7))
      let manifest = try XCTUnwrap(CheckpointStore(directory).manifest())
      XCTAssertEqual(manifest.generations.map(\.steps), [7, 4])
      let files = try names(in: directory)
      XCTAssertEqual(files.count, 3)
      let originals = try files.map {
        try Data(contentsOf: URL(fileURLWithPath: directory + "/" + $0))
      }
      func load(_ warnings: Warnings) throws -> State {
        let trainer = try SmallFold.trainer()
        let checkpointer = SmallFold.checkpointer(trainer, directory, warnings: warnings)
        _ = try checkpointer.resume()
        return try state(trainer)
      }
      let newest = try load(Warnings())
      XCTAssertEqual(newest.progress.steps, 7)
      try Data().write(
        to: URL(fileURLWithPath: directory + "/" + manifest.generations[0].parts[0].file))
      let older = try load(Warnings())
      XCTAssertEqual(older.progress.steps, 4)
      let fresh = try state(SmallFold.trainer())

      var random = SeededGenerator(seed: 11)
      var outcomes: [Int: Int] = [:]
      for _ in 0..<2000 {
        // One file, or both parts.
        let chosen: [Int] =
          Bool.random(using: &random)
          ? [Int.random(in: 0..<3, using: &random)] : [0, 1]
        var isChanged = false
        for (index, name) in files.enumerated() {
          let data =
            chosen.contains(index) ? damage(originals[index], &random) : originals[index]
          isChanged = isChanged || data != originals[index]
          try data.write(to: URL(fileURLWithPath: directory + "/" + name))
        }
        let warnings = Warnings()
        let loaded = try load(warnings)
        outcomes[loaded.progress.steps, default: 0] += 1
        switch loaded {
        case newest: break
        case older, fresh: XCTAssertFalse(warnings.texts.isEmpty)
        default: XCTFail("a state that was never written: \(loaded), files \(chosen)")
        }
        if chosen == [0, 1] && isChanged { XCTAssertNotEqual(loaded, newest) }
      }
      XCTAssertEqual(Set(outcomes.keys), [0, 4, 7], "every way was taken: \(outcomes)")
    }
  }

  func testAFilesOwnChecksumsFindDamageWithoutTheManifest() throws {
    try withTemporaryDirectory { directory in
      let trainer = try SmallFold.trainer()
      let checkpointer = SmallFold.checkpointer(trainer, directory)
      _ = try checkpointer.resume()
      _ = try SmallFold.run(trainer, checkpointer, stop: 2)
      let path = directory + "/" + CheckpointStore.fileName(generation: 0, part: 0, of: 1)
      let original = try Data(contentsOf: URL(fileURLWithPath: path))
      func contents() throws -> [Data] {
        let part = try CheckpointPart(path: path)
        try part.verify(threads: 1)
        return try part.names.map { try part.bytes(of: $0, type: XCTUnwrap(part.tensor($0)).type) }
      }
      let expected = try contents()
      var random = SeededGenerator(seed: 12)
      var refused = 0
      for _ in 0..<4000 {
        let damaged = damage(original, &random)
        try damaged.write(to: URL(fileURLWithPath: path))
        do {
          let found = try contents()
          XCTAssertEqual(found, expected)
        } catch {
          refused += 1
        }
      }
      XCTAssertGreaterThan(refused, 3900)
    }
  }

  func testAnotherConfigurationIsRefusedAndAnotherMachineGivesAWarning() throws {
    try withTemporaryDirectory { directory in
      let trainer = try SmallFold.trainer()
      let checkpointer = SmallFold.checkpointer(trainer, directory)
      _ = try checkpointer.resume()
      _ = try SmallFold.run(trainer, checkpointer, stop: 2)
      for (change, words) in [
        ({ $0.configurationSHA256 = "other" }, "another configuration"),
        ({ $0.dataSHA256 = "other" }, "another data"),
        ({ $0.task.split = "other" }, "another fold (s1 there, other here)"),
        ({ $0.task.seed = 2 }, "another fold (s1 there, s1 (seed 2) here)"),
        ({ $0.task.setting = "dim=24" }, "another fold (s1 there, s1 (dim=24) here)"),
      ] as [((inout CheckpointIdentity) -> Void, String)] {
        var identity = SmallFold.identity
        change(&identity)
        let other = SmallFold.checkpointer(
          try SmallFold.trainer(), directory, identity: identity)
        XCTAssertThrowsError(try other.resume()) {
          XCTAssertTrue("\($0)".contains(words), "\($0)")
        }
      }
      var identity = SmallFold.identity
      identity.kernel = "that"
      let warnings = Warnings()
      let elsewhere = SmallFold.checkpointer(
        try SmallFold.trainer(), directory, warnings: warnings, identity: identity)
      XCTAssertEqual(try elsewhere.resume()?.steps, 2)
      XCTAssertEqual(warnings.texts.count, 1)
      XCTAssertTrue(warnings.texts[0].contains("another kernel of products"), warnings.texts[0])
    }
  }
}
