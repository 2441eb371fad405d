extension String {
  /// This text as a field of a CSV file (RFC 4180), quoted where it must be.
  public var csvField: String {
    // By scalars: CR LF is one character, and so are a quotation mark and an accent after it.
    guard unicodeScalars.contains(where: { [",", "\"", "\r", "\n"].contains($0) }) else {
      return self
    }
    return "\"" + unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
  }
}
