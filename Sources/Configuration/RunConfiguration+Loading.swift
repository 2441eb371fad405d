import Files
import Foundation

/// A configuration, and what its user should know of how it came about.
public struct LoadedConfiguration: Sendable {
  public let configuration: RunConfiguration
  /// What it trains.
  public let settings: [Setting]
  /// Lines for the start of a job.
  public let notices: [String]
}

extension RunConfiguration {
  /// Reads a file, then overrides, and checks every rule.
  ///
  /// - Parameters:
  ///   - file: A YAML file, or a pipe that gives one; nil: the defaults.
  ///   - overrides: `key.path=value`, of one key the last.
  ///   - data: Replaces `data.path`.
  /// - Throws: `ConfigurationError` naming file, line and column, or the option; `FileError` if the
  ///   file cannot be read.
  public static func load(file: String?, overrides: [String] = [], data: String? = nil) throws
    -> RunConfiguration
  {
    try loadNoting(file: file, overrides: overrides, data: data).configuration
  }

  /// As `load`.
  public static func loadNoting(file: String?, overrides: [String] = [], data: String? = nil) throws
    -> LoadedConfiguration
  {
    var loader = ConfigurationLoader()
    var notices: [String] = []
    if let file {
      try loader.read(try ConfigurationText.read(file), file: file)
      if loader.places.isEmpty {
        notices.append("note: \(file): sets no key: this is the paper's configuration")
      }
    }
    for override in overrides { try loader.override(override) }
    if let data { try loader.setData(data) }
    loader.settleSeeds()
    try loader.validate()
    notices += loader.notices
    let configuration = loader.configuration
    let settings = try configuration.settings()
    notices += Self.inertNotices(loader.places, settings)
    return LoadedConfiguration(
      configuration: configuration, settings: settings, notices: notices)
  }

  /// Reads a resolved configuration.
  public init(yaml: String, file: String) throws {
    var loader = ConfigurationLoader()
    try loader.read(yaml, file: file)
    loader.settleSeeds()
    self = loader.configuration
  }
}
