/// Ends the process with `message` where a caller has broken a rule, in release builds too: there
/// `precondition` ends it without a word.
@inlinable
package func require(
  _ holds: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID,
  line: UInt = #line
) {
  if !holds { fatalError(message(), file: file, line: line) }
}
