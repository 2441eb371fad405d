import Synchronization

/// The session that runs now, for a signal's handler on another thread.
final class RunningSession: Sendable {
  private let session = Mutex<ProcessSession?>(nil)

  func set(_ session: ProcessSession?) { self.session.withLock { $0 = session } }

  func killAll() { session.withLock { $0?.killAll() } }
}
