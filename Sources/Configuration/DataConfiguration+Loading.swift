import Datasets
import HTNetModel
import Wording

extension DataConfiguration {
  /// The data that a command line names for a model that is there: keys of the section `data` alone.
  ///
  /// - Parameters:
  ///   - model: What the data must fit.
  ///   - given: What stands where no override says otherwise.
  ///   - fixed: Keys that the model decides, each with the reason that an override of it is refused for.
  /// - Throws: `ConfigurationError` naming the option.
  public static func load(
    path: String, overrides: [String], for model: HTNetConfiguration, given: DataConfiguration,
    fixed: [String: String]
  ) throws -> (data: DataConfiguration, notices: [String]) {
    var loader = ConfigurationLoader(data: given, model: model)
    for override in overrides {
      let key = String(override.prefix { $0 != "=" })
      let isKnown = RunConfiguration.key(key) != nil || key == Study.name
      if let reason = fixed[key] ?? (isKnown && !key.hasPrefix("data.") ? notOfData : nil) {
        throw ConfigurationError("--set \(override.visible)", reason)
      }
      try loader.override(override)
    }
    guard !path.isEmpty else { throw ConfigurationError("--data", "names nothing") }
    try loader.setData(path)
    try loader.validateData()
    return (loader.configuration.data, loader.notices)
  }

  private static let notOfData = "only keys of the section data may be set here"
}
