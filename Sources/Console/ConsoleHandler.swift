import Logging

/// Writes swift-log's messages to the console.
public struct ConsoleHandler: LogHandler {
  public var metadata: Logger.Metadata = [:]
  public var logLevel = Logger.Level.info

  public init() {}

  /// Lets every logger of this process write to the console. Once, before the first message.
  public static func bootstrap() { LoggingSystem.bootstrap { _ in ConsoleHandler() } }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var fields = metadata.merging(event.metadata ?? [:]) { $1 }
    if let error = event.error { fields["error"] = "\(error)" }
    Console.shared.write(event.level, "\(event.message)", fields)
  }
}
