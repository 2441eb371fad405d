import Threads
import Matrices
import Kernels
import TestSupport
import Synchronization
import XCTest

final class ThreadPoolTests: XCTestCase {
  func testEveryTileRunsOnceOnAThreadOfThePool() {
    var random = SeededGenerator(seed: 21)
    for threads in [1, 2, 3, 5] {
      let pool = ThreadPool(threads: threads)
      let counts = Buffer<Float>(count: 200)
      let used = Buffer<Float>(count: threads)
      var tiles = 0
      for round in 0..<4000 {
        let count = Int.random(in: 0...(round % 50 == 0 ? 200 : 9), using: &random)
        tiles += count
        counts.pointer.update(repeating: 0, count: 200)
        nonisolated(unsafe) let runs = counts.pointer
        nonisolated(unsafe) let seen = used.pointer
        pool.run(count) { tile, thread in
          runs[tile] += 1
          // Out of bounds if a thread is not numbered below `threads`.
          precondition((0..<threads).contains(thread), "thread \(thread) of \(threads)")
          seen[thread] += 1
        }
        for tile in 0..<200 where counts.pointer[tile] != (tile < count ? 1 : 0) {
          return XCTFail("tile \(tile) of \(count) ran \(counts.pointer[tile]) times")
        }
      }
      // Two threads of the same number would lose some of each other's.
      XCTAssertEqual(used.values.reduce(0, +), Float(tiles))
      XCTAssertGreaterThan(used.pointer[0], 0)
      pool.shutDown()
    }
  }

  func testALoopEndsThoughNoWorkerGetsACore() {
    nonisolated(unsafe) var waiting: [Thread] = []
    let pool = ThreadPool(threads: 3) { waiting.append($0) }
    let counts = Buffer<Float>(count: 100)
    nonisolated(unsafe) let runs = counts.pointer
    for round in 1...3 {
      pool.run(100) { tile, thread in
        XCTAssertEqual(thread, 0)
        runs[tile] += 1
      }
      XCTAssertEqual(counts.values, [Float](repeating: Float(round), count: 100))
    }
    // Workers that come late find all loops closed, and take part in the next ones.
    for worker in waiting { worker.start() }
    let helped = Atomic<Int>(0)
    for _ in 0..<1_000_000 where helped.load(ordering: .relaxed) == 0 {
      pool.run(100) { _, thread in if thread > 0 { helped.add(1, ordering: .relaxed) } }
    }
    XCTAssertGreaterThan(helped.load(ordering: .relaxed), 0)
    pool.shutDown()
  }

  func testPoolsComeAndGo() {
    for _ in 0..<100 {
      let context = CPUBackend<Float>(threads: 3)
      let x = context.matrix(40, 10)
      context.forEachRows(40, columns: 1 << 14) { rows in
        for row in rows { x.row(row).update(repeating: Float(row), count: 10) }
      }
      XCTAssertEqual(x.values, (0..<400).map { Float($0 / 10) })
    }
  }

  func testPartsCoverARangeOnce() {
    let context = CPUBackend<Float>(threads: 2)
    for (count, grain) in [(0, 5), (1, 5), (5, 5), (6, 5), (1000, 7), (3, 0)] {
      let marks = Buffer<Float>(count: max(count, 1))
      context.forEachPart(of: count, grain: grain) { part in
        for i in part { marks.pointer[i] += 1 }
      }
      XCTAssertTrue((0..<count).allSatisfy { marks.pointer[$0] == 1 })
    }
  }
}
