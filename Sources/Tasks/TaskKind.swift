/// Tasks of which a sample takes as long: of one setting, and inner trainings or not.
public struct TaskKind: Hashable, Sendable {
  private let setting: String?
  private let isInner: Bool

  public init(_ key: TaskKey) { (setting, isInner) = (key.setting, key.inner != nil) }
}
