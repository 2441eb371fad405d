import Dispatch

/// How long a wait has lasted, by a process that looks again and again.
///
/// The time in which the process itself was stopped does not count: the others were stopped with it,
/// or could say nothing that it would have heard.
struct WaitingTime {
  /// Seconds so far.
  private(set) var seconds = 0.0
  private var lastLook = DispatchTime.now().uptimeNanoseconds

  /// Seconds between two looks after which the process was held up.
  private static let absence = 5.0

  /// Looks at the clock.
  mutating func look() {
    let now = DispatchTime.now().uptimeNanoseconds
    let turn = Double(now - lastLook) * 1e-9
    lastLook = now
    if turn <= Self.absence { seconds += turn }
  }
}
