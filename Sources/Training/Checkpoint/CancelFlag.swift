import Synchronization

/// Tells a background thread that nobody needs its work any more.
final class CancelFlag: Sendable {
  private let value = Atomic<Bool>(false)

  var isSet: Bool { value.load(ordering: .relaxed) }

  func set() { value.store(true, ordering: .relaxed) }
}
