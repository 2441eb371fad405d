/// Who waits for a turn, the one that has waited longest first; each waits once.
package struct Turns<Element: Hashable> {
  /// May name some that do not wait any more, or twice.
  private var order: ArraySlice<Element> = []
  private var waiting: Set<Element> = []

  package init() {}

  package var isEmpty: Bool { waiting.isEmpty }
  package var count: Int { waiting.count }

  /// Lets one wait that does not wait yet.
  package mutating func add(_ element: Element) {
    if waiting.insert(element).inserted { order.append(element) }
  }

  /// - Returns: Whether it has waited.
  @discardableResult package mutating func remove(_ element: Element) -> Bool {
    waiting.remove(element) != nil
  }

  /// Whose turn it is, who does not wait any more then; nil: nobody waits.
  package mutating func next() -> Element? {
    while let element = order.popFirst() {
      if remove(element) { return element }
    }
    return nil
  }
}
