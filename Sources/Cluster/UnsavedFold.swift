/// A fold whose state could not be saved when it was stopped.
struct UnsavedFold: Codable, CustomStringConvertible {
  let subject: String
  /// Epochs completed, and batches of the next, at the newest checkpoint; nil: there is none.
  let position: [Int]?

  var description: String {
    "fold \(subject) could not be saved: it "
      + (position.map { "goes on after epoch \($0[0]), step \($0[1])" }
        ?? "starts again from its first epoch")
  }
}
