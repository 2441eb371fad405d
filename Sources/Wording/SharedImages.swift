/// What clips of several subjects with one image are worth a warning for; nil: there are none.
///
/// - Parameters:
///   - groups: Places of clips with one image.
///   - name: What a clip is called.
public func sharedImagesWarning(_ groups: [[Int]], name: (Int) -> String) -> String? {
  guard let first = groups.first else { return nil }
  let clips = groups.reduce(0) { $0 + $1.count }
  return
    "\(clips) clips have the image of another subject's clip ("
    + first.map(name).joined(separator: " = ")
    + (groups.count > 1 ? ", …" : "")
    + "), so a fold may train on an image that it tests. Is it one person under two names?"
}
