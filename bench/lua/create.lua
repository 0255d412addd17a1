-- POST of objects that differ in their name only: the arguments are the path, a prefix for the names and the body, in
-- which NAME stands for the name. Each of wrk's threads counts for itself.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  path, prefix = args[1], args[2] .. "-" .. number .. "-"
  before, after = args[3]:match("^(.-)NAME(.*)$")
  headers = { ["Authorization"] = "Bearer " .. os.getenv("TOKEN"), ["Content-Type"] = "application/json" }
  count = 0
end

function request()
  count = count + 1
  return wrk.format("POST", path, headers, before .. prefix .. count .. after)
end
