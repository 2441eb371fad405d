/// Why a data set cannot be used: the file, the line where there is one, and the reason.
public struct DataError: Error, CustomStringConvertible, Equatable {
  public let file: String
  public let line: Int?
  public let reason: String

  public init(_ file: String, line: Int? = nil, _ reason: String) {
    self.file = file
    self.line = line
    self.reason = reason
  }

  public var description: String {
    file + (line.map { ":\($0)" } ?? "") + ": " + reason
  }
}
