import Tasks

/// What each task of a run is trained by.
public struct TaskConfigurations: Sendable {
  public let settings: [Setting]

  /// - Throws: If a setting of the run is illegal.
  public init(_ run: RunConfiguration) throws { settings = try run.settings() }

  /// nil: it is none of the run's.
  public subscript(task: TaskKey) -> RunConfiguration? {
    guard let setting = settings.first(where: { $0.key == task.setting }) else { return nil }
    var configuration = setting.configuration
    if let seed = task.seed { configuration.training.seed = seed }
    return configuration
  }
}
