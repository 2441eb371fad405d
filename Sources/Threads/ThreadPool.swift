import CKernels
import Foundation
import Requirements
import Synchronization

/// Threads that share out the tiles of one numeric loop at a time.
///
/// A tile's work depends on its index alone, so who runs it, and in which order, never changes a
/// bit. The caller's thread takes part; `threads` 1 starts none. A worker joins a loop only while
/// it is open, and the caller waits only for those that joined: on a busy host a worker that gets
/// no core costs nothing.
public final class ThreadPool: @unchecked Sendable {
  // Unchecked: `body` and `count` are written only while no loop is open and none has joined, and
  // are read only by threads that joined.
  public let threads: Int
  private var body: ((Int, Int) -> Void)?
  private var count = 0
  private let next = Atomic<Int>(0)
  private let loop = Atomic<Int>(0)
  private let stopping = Atomic<Bool>(false)
  private let alive: Atomic<Int>
  private let wake = NSCondition()

  /// Spins before a waiting thread sleeps: some tens of microseconds.
  private static let spins = 2000

  // `loop` holds the loop's number, whether it is open, and how many workers are in it.
  private static let oneWorker = 1
  private static let workers = (1 << 20) - 1
  private static let open = 1 << 20
  private static let oneLoop = 1 << 21

  public convenience init(threads: Int) { self.init(threads: threads) { $0.start() } }

  /// `start` may keep workers waiting: loops end without them. They must all be started before `shutDown`, which
  /// waits for each to end.
  package init(threads: Int, start: (Thread) -> Void) {
    require(threads >= 1, "a thread pool of \(threads) threads")
    self.threads = threads
    alive = Atomic(threads - 1)
    for index in 1..<max(threads, 1) {
      let worker = Thread { [unowned(unsafe) self] in serve(thread: index) }
      worker.name = "htnet-\(index)"
      worker.stackSize = 4 << 20
      start(worker)
    }
  }

  /// Ends the workers, and waits until all have. The pool must be idle; call it before the last reference goes.
  public func shutDown() {
    guard threads > 1, !stopping.load(ordering: .relaxed) else { return }
    stopping.store(true, ordering: .relaxed)
    openNextLoop()
    while alive.load(ordering: .acquiring) > 0 { sched_yield() }
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
      openNextLoop()
      takeTiles(body, count, thread: 0)
      loop.bitwiseAnd(~Self.open, ordering: .acquiring)
      var spins = 0
      while loop.load(ordering: .acquiring) & Self.workers > 0 {
        spins += 1
        if spins < Self.spins { ckernels_relax() } else { sched_yield() }
      }
      self.body = nil
    }
  }

  private func openNextLoop() {
    wake.lock()
    loop.wrappingAdd(Self.oneLoop | Self.open, ordering: .releasing)
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
      seen = numberOfLoop(after: seen)
      if stopping.load(ordering: .relaxed) { break }
      guard join(seen) else { continue }
      if let body { takeTiles(body, count, thread: thread) }
      loop.wrappingSubtract(Self.oneWorker, ordering: .releasing)
    }
    alive.wrappingSubtract(1, ordering: .releasing)
  }

  /// Waits until a loop after `seen` has been opened.
  private func numberOfLoop(after seen: Int) -> Int {
    var spins = 0
    while true {
      let number = loop.load(ordering: .acquiring) / Self.oneLoop
      if number != seen { return number }
      spins += 1
      if spins < Self.spins {
        ckernels_relax()
      } else {
        wake.lock()
        while loop.load(ordering: .acquiring) / Self.oneLoop == seen { wake.wait() }
        wake.unlock()
      }
    }
  }

  /// Whether the loop was still open, so that this worker is in it now.
  private func join(_ number: Int) -> Bool {
    var state = loop.load(ordering: .relaxed)
    while state & Self.open > 0, state / Self.oneLoop == number {
      let (exchanged, original) = loop.weakCompareExchange(
        expected: state, desired: state + Self.oneWorker, ordering: .acquiring)
      if exchanged { return true }
      state = original
    }
    return false
  }
}
