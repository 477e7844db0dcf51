-- Links between pages, as the site names them: README.md is the index.html of its folder, and other pages end in .html.
function Link(link)
  if link.target:match('^%a[%w+.-]*:') then
    return nil
  end
  local page, anchor = link.target:match('^([^#]*)(.*)$')
  -- Pages of DocC are among those of the libraries, where the site has them.
  if page:match('%.docc/') then
    if PANDOC_WRITER_OPTIONS.variables.libraries == nil then
      return link.content
    end
    link.target = page:gsub('Sources/.*', 'api/index.html')
    return link
  end
  page = page:gsub('README%.md$', 'index.html'):gsub('%.md$', '.html')
  link.target = page .. anchor
  return link
end
