import Checkpointing
import Files
import Foundation
import TestSupport
import Training
import XCTest

/// Checkpoints that cannot be written or read: what stands, what goes, and what is told.
final class FailedCheckpointTests: XCTestCase {
  private func link(_ path: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
  }

  func testAFailedCommitLeavesTheEarlierCheckpointAndNothingElse() throws {
    try withTemporaryDirectory { directory in
      let warnings = Warnings()
      let trainer = try SmallFold.trainer()
      let checkpointer = SmallFold.checkpointer(trainer, directory, warnings: warnings)
      XCTAssertNil(try SmallFold.run(trainer, checkpointer, stop: 4))
      XCTAssertTrue(checkpointer.isSaved)
      let files = try names(in: directory)
      // In the place of the manifest's temporary file.
      let obstacle = "manifest.json.\(getpid()).tmp"
      mkdir(directory + "/" + obstacle, 0o700)
      XCTAssertNil(try SmallFold.run(trainer, checkpointer, stop: 5))
      XCTAssertFalse(checkpointer.isSaved)
      XCTAssertEqual(try CheckpointStore(directory).manifest()?.generations.first?.steps, 4)
      XCTAssertEqual(warnings.texts.count, 1, "\(warnings.texts)")
      XCTAssertTrue(warnings.texts[0].hasSuffix("this checkpoint is lost, the earlier ones stand"))
      XCTAssertEqual(try names(in: directory), (files + [obstacle]).sorted())

      rmdir(directory + "/" + obstacle)
      XCTAssertNil(try SmallFold.run(trainer, checkpointer, stop: 6))
      XCTAssertTrue(checkpointer.isSaved)
      XCTAssertEqual(try CheckpointStore(directory).manifest()?.generations.map(\.steps), [6, 4])
    }
  }

  /// A group that is to leave its fold to another trains on if its state cannot be saved.
  func testAGroupYieldsOnlyWhatIsSaved() throws {
    try withTemporaryDirectory { directory in
      let trainer = try SmallFold.trainer()
      let checkpointer = SmallFold.checkpointer(trainer, directory)
      func run(yieldsBefore step: Int) throws -> FoldOutcome? {
        try trainer.run(
          logitsOfEveryEpoch: true,
          note: { checkpointer.note(stops: false, yields: trainer.progress.steps + 1 == step) },
          afterStep: { try checkpointer.afterStep($0.notes) })
      }
      XCTAssertNil(try run(yieldsBefore: 4))
      XCTAssertTrue(checkpointer.isSaved)
      XCTAssertFalse(checkpointer.hasKept)
      XCTAssertEqual(try CheckpointStore(directory).manifest()?.generations.map(\.steps), [4])
      mkdir(directory + "/manifest.json.\(getpid()).tmp", 0o700)
      let outcome = try run(yieldsBefore: 6)
      XCTAssertEqual(
        outcome?.weightsSHA256, try SmallFold.undisturbed()?.weightsSHA256, "it went on")
      XCTAssertTrue(checkpointer.hasKept)
    }
  }

  func testAGenerationIsGivenUpUnlessTheManifestMayNameIt() throws {
    try withTemporaryDirectory { directory in
      let store = CheckpointStore(directory)
      let trainer = try SmallFold.trainer()
      XCTAssertNil(
        try SmallFold.run(trainer, SmallFold.checkpointer(trainer, directory), stop: 4))
      let part = CheckpointStore.fileName(generation: 1, part: 0, of: 1)
      try Data("x".utf8).write(to: URL(fileURLWithPath: directory + "/" + part))
      let files = try names(in: directory)
      XCTAssertEqual(files.count, 3)
      store.giveUp(generation: 0)
      XCTAssertEqual(try names(in: directory), files, "it is named")

      try FileManager.default.moveItem(
        atPath: store.manifestPath, toPath: directory + "/manifest")
      // Opens well, and every read fails with EIO.
      try link(store.manifestPath, to: "/proc/self/mem")
      store.giveUp(generation: 1)
      XCTAssertEqual(try names(in: directory), (files + ["manifest"]).sorted(), "nobody can say")

      unlink(store.manifestPath)
      try FileManager.default.moveItem(
        atPath: directory + "/manifest", toPath: store.manifestPath)
      store.giveUp(generation: 1)
      XCTAssertEqual(try names(in: directory), files.filter { $0 != part })
    }
  }

  func testOnlyWhatIsDamagedOrMissingGivesWayToAnOlderGeneration() throws {
    try withTemporaryDirectory { directory in
      let store = CheckpointStore(directory)
      let writer = try SmallFold.trainer()
      let writing = SmallFold.checkpointer(writer, directory)
      XCTAssertNil(try SmallFold.run(writer, writing, stop: 4))
      XCTAssertNil(try SmallFold.run(writer, writing, stop: 7))
      let part = directory + "/" + CheckpointStore.fileName(generation: 1, part: 0, of: 1)
      let leftover = CheckpointStore.fileName(generation: 5, part: 0, of: 1) + ".1.tmp"
      try Data("x".utf8).write(to: URL(fileURLWithPath: directory + "/" + leftover))
      let files = try names(in: directory)
      func resume() throws -> FoldProgress? {
        try SmallFold.checkpointer(SmallFold.trainer(), directory).resume()
      }
      func assertUnreadable(_ file: String, to target: String, code: Int32) throws {
        try FileManager.default.moveItem(atPath: file, toPath: directory + "/aside")
        try link(file, to: target)
        XCTAssertThrowsError(try resume()) {
          XCTAssertEqual(($0 as? FileError)?.code, code, "\($0)")
          XCTAssertTrue("\($0)".contains(file), "\($0)")
        }
        XCTAssertEqual(try names(in: directory), (files + ["aside"]).sorted())
        unlink(file)
        try FileManager.default.moveItem(atPath: directory + "/aside", toPath: file)
      }
      try assertUnreadable(part, to: part, code: ELOOP)
      try assertUnreadable(store.manifestPath, to: "/proc/self/mem", code: EIO)
      XCTAssertEqual(try resume()?.steps, 7)
      XCTAssertEqual(try names(in: directory), files.filter { $0 != leftover })
      unlink(part)
      XCTAssertEqual(try resume()?.steps, 4)
    }
  }
}
