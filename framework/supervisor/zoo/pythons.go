package zoo

var pythons = []Animal{}
