/// What a person reads of the error that `body` throws; nil if it throws none.
public func errorText<Result>(_ body: () throws -> Result) -> String? {
  do {
    _ = try body()
    return nil
  } catch {
    return "\(error)"
  }
}
