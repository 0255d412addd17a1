-- Server-side apply of fifty objects a thread, over and over: the first request of each creates, the others change a
-- label (COUNT in the body). The arguments are as create.lua's.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  path, prefix = args[1], args[2] .. "-" .. number .. "-"
  before, after = args[3]:match("^(.-)NAME(.*)$")
  headers = { ["Authorization"] = "Bearer " .. os.getenv("TOKEN"), ["Content-Type"] = "application/apply-patch+yaml" }
  count = 0
end

function request()
  count = count + 1
  local name = prefix .. (count % 50)
  local body = (before .. name .. after):gsub("COUNT", tostring(count))
  return wrk.format("PATCH", path .. "/" .. name .. "?fieldManager=bench", headers, body)
end
