import CKernels
import Foundation
import Requirements
import Synchronization

/// Threads that share out the tiles of one numeric loop at a time.
///
/// A tile's work depends on its index alone, so who runs it, and in which order, never changes a
/// bit. The caller's thread takes part; `threads` 1 starts none.
public final class ThreadPool: @unchecked Sendable {
  // Unchecked: `body`, `count` and `stopping` are written only while every worker waits for the
  // next generation, and published by its store with release ordering.
  public let threads: Int
  private var body: ((Int, Int) -> Void)?
  private var count = 0
  private var stopping = false
  private let next = Atomic<Int>(0)
  private let busy = Atomic<Int>(0)
  private let generation = Atomic<Int>(0)
  private let wake = NSCondition()

  /// Spins before a waiting thread sleeps: some tens of microseconds.
  private static let spins = 2000

  public init(threads: Int) {
    require(threads >= 1, "a thread pool of \(threads) threads")
    self.threads = threads
    for index in 1..<max(threads, 1) {
      let worker = Thread { [unowned(unsafe) self] in serve(thread: index) }
      worker.name = "htnet-\(index)"
      worker.stackSize = 4 << 20
      worker.start()
    }
  }

  /// Ends the workers. The pool must be idle; call it before the last reference goes.
  public func shutDown() {
    guard threads > 1, !stopping else { return }
    stopping = true
    publish()
    while busy.load(ordering: .acquiring) > 0 { sched_yield() }
  }

  /// Runs `body(tile, thread)` once for every tile in `0 ..< count`, on threads numbered
  /// `0 ..< threads`, and returns when all have ended.
  public func run(_ count: Int, _ body: (Int, Int) -> Void) {
    guard threads > 1, count > 1 else {
      for index in 0..<count { body(index, 0) }
      return
    }
    withoutActuallyEscaping(body) { body in
      self.body = body
      self.count = count
      next.store(0, ordering: .relaxed)
      publish()
      takeTiles(body, count, thread: 0)
      var spins = 0
      while busy.load(ordering: .acquiring) > 0 {
        spins += 1
        if spins < Self.spins { ckernels_relax() } else { sched_yield() }
      }
      self.body = nil
    }
  }

  private func publish() {
    busy.store(threads - 1, ordering: .relaxed)
    wake.lock()
    generation.wrappingAdd(1, ordering: .releasing)
    wake.broadcast()
    wake.unlock()
  }

  private func takeTiles(_ body: (Int, Int) -> Void, _ count: Int, thread: Int) {
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if index >= count { return }
      body(index, thread)
    }
  }

  private func serve(thread: Int) {
    var seen = 0
    while true {
      var spins = 0
      while generation.load(ordering: .acquiring) == seen {
        spins += 1
        if spins < Self.spins {
          ckernels_relax()
        } else {
          wake.lock()
          while generation.load(ordering: .acquiring) == seen { wake.wait() }
          wake.unlock()
        }
      }
      seen += 1
      let ending = stopping
      if !ending, let body { takeTiles(body, count, thread: thread) }
      busy.wrappingSubtract(1, ordering: .releasing)
      if ending { return }
    }
  }
}
