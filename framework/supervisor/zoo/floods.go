package zoo

// floods say too much: it is bounded, counted and told of.
var floods = []Animal{
	{Name: "floods standard error", Logs: []string{"output dropped"}},
	{Name: "floods standard output", Logs: []string{"output dropped"}},
	{Name: "floods before the handshake", Logs: []string{"output dropped"}},
	{Name: "floods the log", Logs: []string{"output dropped"}},
	{Name: "a line without end", Logs: []string{"output dropped"}},
	{Name: "lines without bytes", Logs: []string{"output dropped"}},
	{Name: "noise on the log", Logs: []string{"output dropped"}},
	{Name: "deep JSON on the log"},
	{Name: "many fields on a line"},
	{Name: "floods evidence"},
	{Name: "floods evidence without the SDK"},
}
