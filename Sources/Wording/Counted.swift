/// A count with its noun, which takes an s unless there is one: `1 rank`, `2 ranks`.
public func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}
