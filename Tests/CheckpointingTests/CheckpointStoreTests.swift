import Checkpointing
import Foundation
import Tasks
import TestSupport
import XCTest

/// Which files count, which go, and that nothing else is touched.
final class CheckpointStoreTests: XCTestCase {
  private func generation(_ number: Int, base: Int? = nil) -> CheckpointManifest.Generation {
    .init(
      number: number, time: "", steps: number, epoch: number, batch: 0, base: base, cpu: "c",
      kernel: "b",
      parts: (0..<2).map {
        .init(
          file: CheckpointStore.fileName(generation: number, part: $0, of: 2), bytes: 1,
          sha256: "", elements: $0 * 8..<($0 + 1) * 8)
      })
  }

  private func manifest(_ generations: [CheckpointManifest.Generation]) -> CheckpointManifest {
    .init(
      task: TaskKey(split: "s/1"), configurationSHA256: "c", dataSHA256: "d",
      generations: generations)
  }

  func testTheNewestAreKeptAndTheBasesThatTheyNeed() {
    var manifest = manifest([])
    for (number, base) in [(0, nil), (1, 0), (2, 0), (3, nil), (4, 3), (5, 3)] as [(Int, Int?)] {
      manifest = manifest.adding(generation(number, base: base), keep: 2)
      switch number {
      case 2: XCTAssertEqual(manifest.generations.map(\.number), [2, 1, 0])
      case 3: XCTAssertEqual(manifest.generations.map(\.number), [3, 2, 0])
      // What does not rest on 3 stays, so that damage to 3 does not lose everything.
      case 4: XCTAssertEqual(manifest.generations.map(\.number), [4, 3, 2, 0])
      case 5: XCTAssertEqual(manifest.generations.map(\.number), [5, 4, 3, 2, 0])
      default: break
      }
    }
    manifest = manifest.adding(generation(6), keep: 2)
    XCTAssertEqual(manifest.generations.map(\.number), [6, 5, 3])
    manifest = manifest.adding(generation(7, base: 6), keep: 1)
    XCTAssertEqual(manifest.generations.map(\.number), [7, 6])
  }

  func testOnlyFilesOfCheckpointsAreRemoved() throws {
    try withTemporaryDirectory { directory in
      let store = CheckpointStore(directory + "/checkpoint")
      try store.prepare()
      let foreign = [
        "notes.txt", "generation-1.part-0-of-2.safetensors", "generation-x.safetensors.zst",
        "manifest.json.bak", "generation-1.part-0-of-2.safetensors.zst.copy",
      ]
      let ours = (1...3).flatMap { number in
        (0..<2).map { CheckpointStore.fileName(generation: number, part: $0, of: 2) }
      }
      let leftovers = [
        ours[0] + ".77.tmp", "manifest.json.12.tmp",
        CheckpointStore.fileName(generation: 9, part: 0, of: 1) + ".5.tmp",
      ]
      for name in foreign + ours + leftovers {
        try Data("x".utf8).write(to: URL(fileURLWithPath: store.path + "/" + name))
      }
      XCTAssertEqual(try store.nextNumber(), 10)
      try store.commit(manifest([generation(3), generation(2)]))
      XCTAssertEqual(
        try names(in: store.path),
        (foreign + ours[2...] + [leftovers[2], "manifest.json"]).sorted(),
        "a generation that is still being written stays")
      store.removeLeftovers(besides: try store.manifest())
      XCTAssertEqual(
        try names(in: store.path), (foreign + ours[2...] + ["manifest.json"]).sorted())
      store.removeAll()
      XCTAssertEqual(try names(in: store.path), foreign.sorted())
      for name in foreign { unlink(store.path + "/" + name) }
      store.removeAll()
      XCTAssertEqual(try names(in: directory), [])
    }
  }

  func testAManifestComesBackAndOneThatContradictsItselfIsRefused() throws {
    try withTemporaryDirectory { directory in
      let store = CheckpointStore(directory)
      XCTAssertNil(try store.manifest())
      let good = manifest([generation(4, base: 2), generation(3), generation(2)])
      try store.commit(good)
      XCTAssertEqual(try store.manifest(), good)
      var foreignFile = good
      foreignFile.generations[0].parts[0].file = "../../result.json"
      var gap = good
      gap.generations[1].parts[1].elements = [9, 16]
      var format = good
      format.format = 3
      for (bad, words) in [
        (manifest([generation(2), generation(3)]), "contradicts"),
        (manifest([generation(4, base: 2)]), "contradicts"),
        (manifest([generation(4, base: 3), generation(3, base: 2), generation(2)]), "contradicts"),
        (foreignFile, "contradicts"), (gap, "contradicts"), (format, "of format 3"),
      ] {
        try store.commit(bad)
        XCTAssertThrowsError(try store.manifest()) {
          XCTAssertTrue("\($0)".contains(words), "\($0)")
        }
      }
    }
  }

  func testALaterFormatIsNoDamage() throws {
    try withTemporaryDirectory { directory in
      let store = CheckpointStore(directory)
      try store.commit(manifest([generation(3)]))
      let ours = try String(contentsOfFile: store.manifestPath, encoding: .utf8)
      for (text, isLater) in [
        (#"{"manifest":{"format":3,"unlike":{"ours":[]}},"hash":"of another kind"}"#, true),
        // Of a later format or a damaged one of ours: nobody can tell.
        (ours.replacing("\"format\":2", with: "\"format\":3").replacing("s/1", with: "s/2"), true),
        // Ours but for one digit.
        (ours.replacing("\"format\":2", with: "\"format\":9"), false),
        (ours.replacing("\"format\":2", with: "\"format\":0"), false),
        (#"{"manifest":{"format":3"#, false),
      ] {
        XCTAssertNotEqual(text, ours)
        try text.write(toFile: store.manifestPath, atomically: false, encoding: .utf8)
        XCTAssertThrowsError(try store.manifest()) {
          XCTAssertEqual($0 is NewerCheckpointFormat, isLater, "\($0)")
          XCTAssertEqual($0 is CheckpointError, !isLater, "\($0)")
        }
      }
    }
  }

  /// A fold of any setting and seed; and the older name, a subject's.
  func testAManifestKnowsItsFold() throws {
    try withTemporaryDirectory { directory in
      let store = CheckpointStore(directory)
      var mine = manifest([generation(3)])
      mine.task = TaskKey(setting: "dim=24", seed: 2, split: "s/1")
      try store.commit(mine)
      XCTAssertEqual(try store.manifest(), mine)
      XCTAssertEqual(
        errorText { try mine.checkBelongs(to: TaskKey(split: "s/1"), dataSHA256: "d", file: "f") },
        "f: is of another fold (s/1 (dim=24, seed 2) there, s/1 here); move that directory away, or "
          + "name another run")
      var old = manifest([generation(3)])
      old.format = 1
      try store.commit(old)
      let text = try String(contentsOfFile: store.manifestPath, encoding: .utf8)
      XCTAssertTrue(text.contains(#""subject":"s/1"}"#) && !text.contains("task"), text)
      XCTAssertEqual(try store.manifest(), old)
    }
  }
}
