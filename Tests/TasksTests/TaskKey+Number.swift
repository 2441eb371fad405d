import Tasks

extension TaskKey {
  /// A task that is no more than a number.
  init(_ number: Int) { self.init(split: "\(number)") }
}
